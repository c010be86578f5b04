// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of some functions are on the stack of a task? That is asked of tasks
 * that the kernel's own livepatch waits for: it knows, and tells nobody.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "look.h"
#include "symbol.h"

/**
 * lph_look_new() - a look, for nothing yet
 * @max: for how many functions and modules it may be
 *
 * Return: the look, or NULL without memory.
 */
struct lph_look *lph_look_new(unsigned int max)
{
	struct lph_look *look = kvzalloc(struct_size(look, ranges, max), GFP_KERNEL);

	if (look)
		look->max = max;
	return look;
}

/**
 * lph_look_free() - free a look
 * @look: which
 */
void lph_look_free(struct lph_look *look)
{
	kvfree(look);
}

/**
 * lph_look_for() - look for one more
 * @look: has room for it
 * @symbol: a function, or with no name all functions of a module
 * @error: filled on failure
 *
 * What is not loaded, or on its way in or out, is on no stack.
 *
 * Context: process, lph_lock.
 * Return: 0 or -ENOTUNIQ.
 */
int lph_look_for(struct lph_look *look, const struct lph_symbol *symbol, struct lph_error *error)
{
	struct lph_range *range = &look->ranges[look->n];
	int r;

	if (!symbol->name) {
		r = lph_symbol_module_text(symbol->module, &range->start, &range->size);
	} else {
		r = lph_symbol_look_up(symbol, false, &range->start, error);
		if (!r)
			range->size = lph_symbol_size(range->start);
	}
	if (r)
		return r == -ENOTUNIQ ? r : 0;
	look->n++;
	return 0;
}

static bool is_wanted(const struct lph_look *look, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < look->n; i++)
		if (addr - look->ranges[i].start < look->ranges[i].size)
			return true;
	return false;
}

/* Under the task's locks: it neither begins nor ceases to run. */
static int look_at(struct task_struct *task, void *data)
{
	struct lph_look *look = data;
	struct lph_blocker *found = &look->found;
	int i, n;

	*found = (struct lph_blocker){
		.pid = task->tgid,
		.tid = task->pid,
		.reason = LPH_BLOCKED_CLEAR,
	};
	memcpy(found->comm, task->comm, sizeof(found->comm));
	if (task->on_cpu && task != current) {
		found->reason = LPH_BLOCKED_RUNNING;
		return 0;
	}
	n = lph_stack_trace_save_tsk_reliable(task, look->entries, LPH_STACK_ENTRIES);
	if (n < 0) {
		found->reason = LPH_BLOCKED_UNRELIABLE;
		return 0;
	}
	/* The last one that is found is the outermost, which is left last. */
	for (i = 0; i < n; i++) {
		if (!is_wanted(look, look->entries[i]))
			continue;
		found->reason = LPH_BLOCKED_STACK;
		found->addr = look->entries[i];
	}
	return 0;
}

/**
 * lph_look_at() - look at a task
 * @look: look->found is filled
 * @tid: the task's id in the initial pid namespace
 *
 * Context: process.
 * Return: 0, or -ESRCH where there is none.
 */
int lph_look_at(struct lph_look *look, pid_t tid)
{
	struct task_struct *task;
	int r = -ESRCH;

	rcu_read_lock();
	task = pid_task(find_pid_ns(tid, &init_pid_ns), PIDTYPE_PID);
	if (task && task == current)
		r = look_at(task, look);
	else if (task)
		r = lph_task_call_func(task, look_at, look);
	rcu_read_unlock();
	return r;
}
