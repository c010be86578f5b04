/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TASKS_H
#define LPH_TASKS_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "consistency/stack.h"

struct lph_ranges;

/* How many tasks a transition names that it waits for. */
#define LPH_BLOCKERS 64

/**
 * struct lph_blocker - a task that a transition waits for
 * @addr: on its stack, for LPH_BLOCKED_STACK
 */
struct lph_blocker {
	pid_t pid;
	pid_t tid;
	char comm[TASK_COMM_LEN];
	enum lph_blocker_reason reason;
	unsigned long addr;
};

/**
 * struct lph_round - a look at all tasks: does one stand in some text?
 * @ranges: the text, sorted
 * @question: of lph_tasks_question(); with the same one, a task that has not run since
 *	is not looked at again
 * @epoch: only tasks with this mark (thread.c) are looked at, and who stands nowhere in
 *	the text loses it; 0: all tasks
 * @stayed: told of those who stand in it, and of those who were running; or NULL
 * @running: those who were
 * @remaining: those who stand in it, or of whom there is no telling
 * @blocker_count: how many of @blockers are filled
 * @blockers: some of them
 * @self: what is found on the stack of whoever has stopped the CPUs
 * @entries: the stack that is being looked at
 *
 * Transition queue.
 */
struct lph_round {
	const struct lph_ranges *ranges;
	u32 question;
	u32 epoch;
	void (*stayed)(struct task_struct *task);

	unsigned int running;
	unsigned int remaining;
	unsigned int blocker_count;
	struct lph_blocker blockers[LPH_BLOCKERS];

	unsigned long self;
	unsigned long entries[LPH_STACK_ENTRIES];
};

u32 lph_tasks_question(void);
void lph_tasks_look(struct lph_round *round);
int lph_tasks_stop_and_look(struct lph_round *round, int (*then)(void *data), void *data);
unsigned int lph_tasks_mark(u32 epoch, void (*then)(void *data), void *data);
unsigned int lph_tasks_invert(u32 epoch, u32 to, void (*then)(void *data), void *data);
u64 lph_tasks_take_longest_stop(void);
void lph_tasks_forget(void);

#endif /* LPH_TASKS_H */
