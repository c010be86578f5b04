// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grace periods. Readers do nothing for them but count, as in the kernel.
 */
#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/rcupdate_wait.h>

#include "cpu.h"
#include "kernel.h"

/* What a grace period waits for; both are published for a CPU before it is online. */
static bool outside(unsigned int cpu)
{
	return !READ_ONCE(*per_cpu_ptr(&__preempt_count, cpu));
}

/*
 *  1. The barrier orders what the caller unpublished before what it is going to
 *     read here, and on each CPU the count before what the CPU reads behind it.
 *  2. A count of 0 seen after that: whoever counts again finds what is new, and
 *     x86 orders what the CPU read before the store of that 0.
 */
void synchronize_rcu(void)
{
	unsigned int i;

	smp_membarrier();
	for (i = 0; i < CPUS; i++)
		while (READ_ONCE(cpus[i].online) && !outside(i))
			usleep_range(20, 50);
}

/* The same order, of what a CPU did before it said that it is through with it. */
void synchronize_rcu_tasks(void)
{
	unsigned long before[CPUS];
	unsigned int i;

	smp_membarrier();
	for (i = 0; i < CPUS; i++)
		before[i] = READ_ONCE(cpus[i].quiescent);
	for (i = 0; i < CPUS; i++)
		while (READ_ONCE(cpus[i].online) &&
		       smp_load_acquire(&cpus[i].quiescent) == before[i])
			usleep_range(20, 50);
}
