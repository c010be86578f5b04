// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grace periods. Readers do nothing for them but count, as in the kernel.
 */
#include <pthread.h>

#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/rcupdate_wait.h>

#include "cpu.h"
#include "kernel.h"

/* As many as the workqueue has threads, at least. */
#define WAITS 8

/* A grace period under way: for which CPU, and what that has to change. */
static struct wait {
	bool used;
	bool tasks;
	unsigned int cpu;
	unsigned long before;
} waits[WAITS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What a grace period waits for; both are published for a CPU before it is online. */
static bool outside(unsigned int cpu)
{
	return !READ_ONCE(*per_cpu_ptr(&__preempt_count, cpu));
}

static struct wait *begin_wait(bool tasks)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < WAITS && waits[i].used; i++)
		;
	if (i == WAITS)
		die("too many grace periods at a time: raise WAITS");
	waits[i] = (struct wait){ .used = true, .tasks = tasks };
	pthread_mutex_unlock(&lock);
	return &waits[i];
}

static void wait_for(struct wait *wait, unsigned int cpu, unsigned long before)
{
	pthread_mutex_lock(&lock);
	wait->cpu = cpu;
	wait->before = before;
	pthread_mutex_unlock(&lock);
}

static void end_wait(struct wait *wait)
{
	pthread_mutex_lock(&lock);
	wait->used = false;
	pthread_mutex_unlock(&lock);
}

/* CPU 0 is the caller. */
unsigned int rcu_held_up(bool tasks)
{
	unsigned int i, held = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < WAITS; i++) {
		struct wait *wait = &waits[i];

		if (!wait->used || !wait->cpu)
			continue;
		if (wait->tasks)
			held += READ_ONCE(cpus[wait->cpu].quiescent) == wait->before;
		else if (!tasks)
			held += !outside(wait->cpu);
	}
	pthread_mutex_unlock(&lock);
	return held;
}

/*
 *  1. The barrier orders what the caller unpublished before what it is going to
 *     read here, and on each CPU the count before what the CPU reads behind it.
 *  2. A count of 0 seen after that: whoever counts again finds what is new, and
 *     x86 orders what the CPU read before the store of that 0.
 */
void synchronize_rcu(void)
{
	struct wait *wait = begin_wait(false);
	unsigned int i;

	smp_membarrier();
	for (i = 0; i < CPUS; i++) {
		wait_for(wait, i, 0);
		while (READ_ONCE(cpus[i].online) && !outside(i))
			usleep_range(20, 50);
	}
	end_wait(wait);
}

/*
 * The same order, of what a CPU did before it said that it is through with it, as one is
 * that waits here.
 */
void synchronize_rcu_tasks(void)
{
	struct wait *wait = begin_wait(true);
	unsigned long before[CPUS];
	unsigned int i;

	smp_membarrier();
	for (i = 0; i < CPUS; i++)
		before[i] = READ_ONCE(cpus[i].quiescent);
	if (current)
		cpu_quiescent();
	for (i = 0; i < CPUS; i++) {
		wait_for(wait, i, before[i]);
		while (READ_ONCE(cpus[i].online) &&
		       smp_load_acquire(&cpus[i].quiescent) == before[i])
			usleep_range(20, 50);
	}
	end_wait(wait);
}
