// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of a function on other CPUs, which the engine makes to sync all cores.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/processor.h>

#include "cpu.h"
#include "kernel.h"

const struct cpumask *const cpu_online_mask;

static enum smp_sync sync_by;

static int membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

void smp_init(void)
{
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE))
		die("this kernel cannot sync the cores that run a process (membarrier, PRIVATE_EXPEDITED_SYNC_CORE: %s): the engine cannot be tested here",
		    strerror(errno));
}

void smp_sync_by(enum smp_sync sync)
{
	sync_by = sync;
}

/* A full barrier on every CPU, and each fetches its instructions anew. */
void smp_membarrier(void)
{
	if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE))
		die("membarrier: %s", strerror(errno));
}

unsigned int num_online_cpus(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < CPUS; i++)
		n += READ_ONCE(cpus[i].online);
	return n;
}

/* The IPI. */
void smp_interrupt(void)
{
	struct cpu *cpu = this_cpu();
	smp_call_func_t func = smp_load_acquire(&cpu->func);

	if (!func)
		return;
	func(cpu->info);
	smp_store_release(&cpu->func, NULL);
}

static void wait_for(struct cpu *cpu)
{
	while (smp_load_acquire(&cpu->func))
		sched_yield();
}

static void send(struct cpu *cpu, smp_call_func_t func, void *info)
{
	wait_for(cpu);
	cpu->info = info;
	smp_store_release(&cpu->func, func);
	if (tgkill(getpid(), cpu->tid, SIGNAL_IPI))
		die("cannot interrupt thread %d: %s", cpu->tid, strerror(errno));
}

static void call_by_interrupt(smp_call_func_t func, void *info, bool wait)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		if (cpus[i].online && &cpus[i] != this_cpu())
			send(&cpus[i], func, info);
	for (i = 0; wait && i < CPUS; i++)
		if (cpus[i].online && &cpus[i] != this_cpu())
			wait_for(&cpus[i]);
}

/* All that @func does but to sync it can as well do here: it counts. */
static void call_by_membarrier(smp_call_func_t func, void *info)
{
	unsigned int i;

	smp_membarrier();
	for (i = 0; i < CPUS; i++)
		if (cpus[i].online && &cpus[i] != this_cpu())
			func(info);
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	(void)mask;
	if (sync_by == SMP_SYNC_INTERRUPT)
		call_by_interrupt(func, info, wait);
	else
		call_by_membarrier(func, info);
}

void on_each_cpu(smp_call_func_t func, void *info, int wait)
{
	cpus_read_lock();
	smp_call_function_many(cpu_online_mask, func, info, wait);
	func(info);
	cpus_read_unlock();
}
