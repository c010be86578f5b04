/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_CONSISTENCY_H
#define LPH_CONSISTENCY_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "error.h"

/* How many tasks a transition names that it waits for. */
#define LPH_BLOCKERS 64

/**
 * struct lph_turn - a function's part in a patch transition
 * @node: in lph_switch.functions
 * @held: between lph_op_hold() and lph_op_release()
 * @from: the body that calls ran, 0: the original
 * @to: the body that they are to run
 * @size: of the function itself, bytes
 * @from_size: of @from
 *
 * Transition queue.
 */
struct lph_turn {
	struct list_head node;
	bool held;
	unsigned long from;
	unsigned long to;
	unsigned long size;
	unsigned long from_size;
};

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
 * struct lph_switch - how the functions of a transition come to run other bodies
 * @functions: struct lph_turn.node, those whose body changes; transition queue
 * @consistency: when a call may run the new ones
 * @epoch: what a task's record says where it still runs the old ones
 * @looks: how often the tasks were looked at
 * @total: tasks there were when it began; lph_lock
 * @remaining: tasks that had not switched at the last look; lph_lock
 * @blockers: some of them; lph_lock
 * @blocker_count: how many
 */
struct lph_switch {
	struct list_head functions;
	enum lph_consistency consistency;
	u32 epoch;
	unsigned int looks;
	unsigned int total;
	unsigned int remaining;
	struct lph_blocker blockers[LPH_BLOCKERS];
	unsigned int blocker_count;
};

int lph_switch_begin(struct lph_switch *sw, struct lph_error *error);
int lph_switch_look(struct lph_switch *sw, struct lph_error *error);
int lph_switch_reverse(struct lph_switch *sw);
int lph_switch_finish(struct lph_switch *sw);
unsigned long lph_switch_delay(const struct lph_switch *sw);
void lph_switch_exit(void);

struct lph_function;
int lph_switch_backend(struct lph_function *fn, struct lph_error *error);

int lph_stack_look(struct task_struct *task, const struct lph_switch *sw,
		   struct lph_blocker *ret_blocker);
int lph_stack_between(struct task_struct *task, const struct lph_function *fn);

#endif /* LPH_CONSISTENCY_H */
