// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands on a task's stack: may it run the new bodies from here on?
 */
#include <linux/errno.h>
#include <linux/sched.h>

#include "arch.h"
#include "consistency.h"
#include "function.h"
#include "look.h"

static bool within(unsigned long addr, unsigned long start, unsigned long size)
{
	return addr - start < size;
}

/*
 * The function itself counts even where another body is left: on its way into
 * any of them, a call has an address in it, or in the trampoline, on the stack.
 */
static bool affected(const struct lph_function *fn, unsigned long addr)
{
	const struct lph_turn *turn = &fn->turn;

	return within(addr, fn->addr, turn->size) ||
	       (turn->from && within(addr, turn->from, turn->from_size)) ||
	       lph_arch_inside(fn->slot, addr);
}

/* One at a time: too many for a stack. */
static unsigned long entries[LPH_STACK_ENTRIES];

/**
 * lph_stack_between() - is a call of a task on its way through ftrace into a function?
 * @task: one that cannot run meanwhile
 * @fn: the function
 *
 * Context: a CPU that has stopped all others for it.
 * Return: 0, or -EAGAIN, also where it cannot be told.
 */
int lph_stack_between(struct task_struct *task, const struct lph_function *fn)
{
	int i, n;

	n = lph_stack_trace_save_tsk_reliable(task, entries, LPH_STACK_ENTRIES);
	if (n < 0)
		return -EAGAIN;
	for (i = 0; i < n; i++)
		if (entries[i] == fn->original || entries[i] == fn->site ||
		    lph_arch_inside(fn->slot, entries[i]))
			return -EAGAIN;
	return 0;
}

/**
 * lph_stack_look() - is a task in none of the functions that change?
 * @task: the current one, or one that cannot run meanwhile
 * @sw: the functions
 * @ret_blocker: filled where it is in one
 *
 * Context: transition queue (under the run queue's lock), or a CPU that has
 * stopped all others for it.
 * Return: 0, or -EAGAIN.
 */
int lph_stack_look(struct task_struct *task, const struct lph_switch *sw,
		   struct lph_blocker *ret_blocker)
{
	const struct lph_function *fn;
	int i, n;

	ret_blocker->pid = task->tgid;
	ret_blocker->tid = task->pid;
	memcpy(ret_blocker->comm, task->comm, sizeof(ret_blocker->comm));
	ret_blocker->addr = 0;

	n = lph_stack_trace_save_tsk_reliable(task, entries, LPH_STACK_ENTRIES);
	if (n < 0) {
		ret_blocker->reason = LPH_BLOCKED_UNRELIABLE;
		return -EAGAIN;
	}
	for (i = 0; i < n; i++) {
		list_for_each_entry(fn, &sw->functions, turn.node) {
			if (!affected(fn, entries[i]))
				continue;
			ret_blocker->reason = LPH_BLOCKED_STACK;
			ret_blocker->addr = entries[i];
			return -EAGAIN;
		}
	}
	return 0;
}
