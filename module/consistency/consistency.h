/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_CONSISTENCY_H
#define LPH_CONSISTENCY_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "consistency/tasks.h"
#include "error.h"

struct lph_text;
struct module;

/*
 * What becomes of a switch. It is decided once, by an atomic exchange: either a cancel
 * is accepted, or the switch takes place and a cancel comes too late.
 */
enum lph_fate {
	LPH_FATE_OPEN,
	LPH_FATE_CANCELLED,
	LPH_FATE_COMMITTED,
};

/**
 * struct lph_switch - how the functions of a transition come to run other bodies
 * @functions: struct lph_turn.node, those whose body changes; transition queue
 * @relist: @functions are other ones than when @text was listed; transition queue
 * @comes: the module whose bodies calls are to run, and that is used by nobody if they
 *	do not, or NULL
 * @goes: the module that is used by nobody afterwards, or NULL
 * @text: what no task may stand in that switches; transition queue
 * @consistency: when a call may run the new ones
 * @fate: enum lph_fate; anybody, by exchange
 * @reversed: it goes back to the bodies from before
 * @epoch: what a task's record says where it still runs the old ones
 * @looks: how often the tasks were looked at
 * @asked: tasks were asked to come by
 * @total: tasks there were when it began; lph_lock
 * @remaining: tasks that had not switched at the last look; lph_lock
 * @blockers: some of them; lph_lock
 * @blocker_count: how many
 */
struct lph_switch {
	struct list_head functions;
	bool relist;
	const struct module *comes;
	const struct module *goes;
	struct lph_text *text;
	enum lph_consistency consistency;
	atomic_t fate;
	bool reversed;
	u32 epoch;
	unsigned int looks;
	bool asked;
	unsigned int total;
	unsigned int remaining;
	struct lph_blocker blockers[LPH_BLOCKERS];
	unsigned int blocker_count;
};

int lph_switch_begin(struct lph_switch *sw, struct lph_error *error);
int lph_switch_look(struct lph_switch *sw, struct lph_error *error);
int lph_switch_reverse(struct lph_switch *sw);
void lph_switch_end(struct lph_switch *sw);
bool lph_switch_cancel(struct lph_switch *sw);
unsigned long lph_switch_delay(const struct lph_switch *sw);

struct lph_function;
int lph_switch_backend(struct lph_function *fn, struct lph_error *error);

#endif /* LPH_CONSISTENCY_H */
