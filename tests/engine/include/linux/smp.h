/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SMP_H
#define ENGINE_LINUX_SMP_H

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/sched.h>

struct cpumask;
typedef void (*smp_call_func_t)(void *info);

extern const struct cpumask *const cpu_online_mask;

static inline unsigned int raw_smp_processor_id(void)
{
	return current->cpu;
}

unsigned int num_online_cpus(void);
/* Those that are online, but for the calling one. */
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait);
void on_each_cpu(smp_call_func_t func, void *info, int wait);

#endif /* ENGINE_LINUX_SMP_H */
