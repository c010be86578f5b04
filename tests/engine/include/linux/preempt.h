/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_PREEMPT_H
#define ENGINE_LINUX_PREEMPT_H

#include <linux/percpu.h>

/*
 * As in the kernel: how many sections with preemption off a CPU is in, and
 * which interrupts. The host preempts a thread wherever it likes; what holds is
 * that no grace period ends while the count is not 0.
 */
#define SOFTIRQ_SHIFT	8
#define HARDIRQ_SHIFT	16
#define NMI_SHIFT	20
#define SOFTIRQ_OFFSET	(1U << SOFTIRQ_SHIFT)
#define HARDIRQ_OFFSET	(1U << HARDIRQ_SHIFT)
#define NMI_OFFSET	(1U << NMI_SHIFT)
#define SOFTIRQ_MASK	(0xffU << SOFTIRQ_SHIFT)
#define HARDIRQ_MASK	(0xfU << HARDIRQ_SHIFT)
#define NMI_MASK	(0xfU << NMI_SHIFT)

#define in_nmi()	(preempt_count() & NMI_MASK)

extern unsigned int __preempt_count;

static inline unsigned int preempt_count(void)
{
	return this_cpu_read(__preempt_count);
}

static inline void preempt_count_add(unsigned int value)
{
	this_cpu_add(__preempt_count, value);
	barrier();
}

static inline void preempt_count_sub(unsigned int value)
{
	barrier();
	this_cpu_add(__preempt_count, -value);
}

#define preempt_disable()		preempt_count_add(1)
#define preempt_enable()		preempt_count_sub(1)
#define preempt_disable_notrace()	preempt_count_add(1)
#define preempt_enable_notrace()	preempt_count_sub(1)

#endif /* ENGINE_LINUX_PREEMPT_H */
