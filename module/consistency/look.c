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
#include "consistency/look.h"
#include "consistency/stack.h"
#include "ranges.h"
#include "symbol.h"

/**
 * lph_look_new() - a look, for nothing yet
 *
 * Return: the look, or NULL without memory.
 */
struct lph_look *lph_look_new(void)
{
	return kvzalloc(sizeof(struct lph_look), GFP_KERNEL);
}

/**
 * lph_look_free() - free a look
 * @look: which, or NULL
 */
void lph_look_free(struct lph_look *look)
{
	if (look)
		lph_ranges_clear(&look->ranges);
	kvfree(look);
}

/**
 * lph_look_for() - look for one more
 * @look: not begun
 * @symbol: a function, or with no name all functions of a module
 * @error: filled on failure
 *
 * What is not loaded, or on its way in or out, is on no stack.
 *
 * Context: process, lph_lock.
 * Return: 0, -ENOTUNIQ, -ENODATA where its size is not known, or -ENOMEM.
 */
int lph_look_for(struct lph_look *look, const struct lph_symbol *symbol, struct lph_error *error)
{
	unsigned long start, size;
	int r;

	if (!symbol->name) {
		r = lph_symbol_module_text(symbol->module, &start, &size);
	} else {
		r = lph_symbol_look_up(symbol, false, &start, error);
		if (!r)
			r = lph_symbol_size(start, &size, error);
	}
	if (r)
		return r == -ENOTUNIQ || r == -ENODATA ? r : 0;
	if (lph_ranges_add(&look->ranges, start, size))
		return lph_error(error, -ENOMEM, "out of memory");
	return 0;
}

/**
 * lph_look_begin() - all is named that is looked for
 * @look: for lph_look_at() from here on
 */
void lph_look_begin(struct lph_look *look)
{
	lph_ranges_sort(&look->ranges);
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
		if (!lph_ranges_have(&look->ranges, look->entries[i]))
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
