/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_CPU_H
#define ENGINE_CPU_H

#include <pthread.h>

#include <linux/sched.h>
#include <linux/smp.h>

/* As many as ever come up; their numbers are not used again. */
#define CPUS 64

/**
 * struct cpu - a thread that plays a CPU
 * @task: what runs on it
 * @thread: the thread
 * @tid: its id, for signals
 * @online: it takes IPIs, and grace periods wait for it
 * @quiescent: rises whenever nothing that is traced is under way on it
 * @func: what the IPI under way calls, or NULL
 * @info: its argument
 */
struct cpu {
	struct task_struct task;
	pthread_t thread;
	pid_t tid;
	bool online;
	unsigned long quiescent;
	smp_call_func_t func;
	void *info;
};

extern struct cpu cpus[CPUS];

static inline struct cpu *this_cpu(void)
{
	return &cpus[current->cpu];
}

void percpu_up(unsigned int cpu);

#endif /* ENGINE_CPU_H */
