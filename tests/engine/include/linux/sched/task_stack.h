/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SCHED_TASK_STACK_H
#define ENGINE_LINUX_SCHED_TASK_STACK_H

#include <linux/sched.h>

static inline void *task_stack_page(const struct task_struct *task)
{
	return task->stack;
}

#endif /* ENGINE_LINUX_SCHED_TASK_STACK_H */
