// SPDX-License-Identifier: GPL-2.0-only
/* What stands on a task's stack. */
#include <linux/compiler.h>
#include <linux/sched/task_stack.h>

#include "arch.h"
#include "consistency/stack.h"
#include "ranges.h"

/**
 * lph_stack_find() - does a task stand in some text?
 * @task: the current one, or one that cannot run meanwhile
 * @ranges: the text, sorted
 * @entries: room for LPH_STACK_ENTRIES
 *
 * Context: any in which @task cannot begin to run.
 * Return: the innermost address that is in it; LPH_STACK_CLEAR; or
 * LPH_STACK_UNRELIABLE, where the stack cannot be read, or not all of it.
 */
unsigned long lph_stack_find(struct task_struct *task, const struct lph_ranges *ranges,
			     unsigned long *entries)
{
	int i, n;

	n = lph_stack_trace_save_tsk_reliable(task, entries, LPH_STACK_ENTRIES);
	if (n < 0)
		return LPH_STACK_UNRELIABLE;
	for (i = 0; i < n; i++)
		if (lph_ranges_have(ranges, entries[i]))
			return entries[i];
	return LPH_STACK_CLEAR;
}

/**
 * lph_stack_scan() - might a task stand in some text?
 * @task: the idle task of a CPU that is offline
 * @ranges: the text, sorted
 *
 * Its CPU halts somewhere in it and has saved no registers from which it could be
 * unwound. So every word that looks like an address of the text counts.
 *
 * Context: CPUs neither come nor go.
 * Return: the first such address, or LPH_STACK_CLEAR.
 */
unsigned long lph_stack_scan(struct task_struct *task, const struct lph_ranges *ranges)
{
	const unsigned long *word = task_stack_page(task);
	const unsigned long *end = (const void *)word + THREAD_SIZE;

	for (; word < end; word++) {
		/* Words of frames that are gone, which KASAN minds. */
		unsigned long addr = READ_ONCE_NOCHECK(*word);

		if (lph_ranges_have(ranges, addr))
			return addr;
	}
	return LPH_STACK_CLEAR;
}
