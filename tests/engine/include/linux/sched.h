/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SCHED_H
#define ENGINE_LINUX_SCHED_H

#include <linux/processor.h>
#include <linux/types.h>

#define TASK_COMM_LEN 16

struct task_struct {
	void *stack;
	unsigned int cpu;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
};

/* Of the thread that the process began with. */
extern struct task_struct init_task;
extern __thread struct task_struct *current;

static inline unsigned int task_cpu(const struct task_struct *task)
{
	return task->cpu;
}

#endif /* ENGINE_LINUX_SCHED_H */
