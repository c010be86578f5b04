/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TRANSITION_H
#define LPH_TRANSITION_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/workqueue.h>
#include <linux/livepatch_helper.h>

#include "consistency/consistency.h"
#include "error.h"
#include "symbol.h"
#include "thread.h"

struct lph_op;
struct lph_order;

/* Phases are reached once each; a rewrite that is not needed has none. */
#define LPH_PHASES (LPH_PHASE_SETTLED + 1)

/**
 * struct lph_transition - a change in flight, or one of the last ones
 * @node: in lph_transitions, by rising @id
 * @in_history: once it has settled, among those that have, in the order in which they did
 * @work: on the transition queue
 * @id: rising from 1
 * @kind: what it does
 * @state: QUEUED, RUNNING, then DONE, FAILED or REVERSED
 * @op: id of the op, of ADD, REMOVE and CHANGE; of several the first
 * @symbol: its function; the op may be gone
 * @op_count: how many ops
 * @ops: ids of all of them, owned; NULL where there is one, and once settled
 * @variant: of CHANGE: what the op becomes, owned until it has
 * @patch: the patch's name, of APPLY and UNAPPLY
 * @order: of all patches, owned; NULL: as it is
 * @sw: how the functions of a patch's change bodies
 * @stacked: a patch's has stacked the patches as it wants them
 * @strategy: how traps go on
 * @queued_at: CLOCK_REALTIME
 * @queued: CLOCK_MONOTONIC, that phases are counted from
 * @phases: reached so far, in order
 * @phase_count: how many
 * @longest_stop: nanoseconds for which all CPUs were stopped for it at one time, at most
 * @before: traps taken before it ran
 * @traps: while it ran, once it settled
 * @errno: negative, in FAILED
 * @error: likewise
 *
 * From lph_transition_queue() until it has settled, and its work has returned, it pins
 * the module.
 *
 * All but @work is protected by lph_lock.
 */
struct lph_transition {
	struct list_head node;
	struct list_head in_history;
	struct delayed_work work;
	u64 id;
	enum lph_transition_kind kind;
	enum lph_transition_state state;
	u32 op;
	struct lph_symbol symbol;
	unsigned int op_count;
	u32 *ops;
	struct lph_op *variant;
	char patch[LPH_MODULE_LEN];
	struct lph_order *order;
	struct lph_switch sw;
	bool stacked;
	enum lph_strategy strategy;
	ktime_t queued_at;
	ktime_t queued;
	struct {
		enum lph_phase phase;
		ktime_t at;
	} phases[LPH_PHASES];
	unsigned int phase_count;
	u64 longest_stop;
	struct lph_traps before;
	struct lph_traps traps;
	int errno;
	struct lph_error error;
};

extern struct list_head lph_transitions;

struct lph_transition *lph_transition_new(enum lph_transition_kind kind,
					  enum lph_strategy strategy);
struct lph_transition *lph_transition_of_op(enum lph_transition_kind kind,
					    const struct lph_op *op,
					    enum lph_strategy strategy);
struct lph_transition *lph_transition_of_ops(enum lph_transition_kind kind, u32 *ops,
					     unsigned int n, enum lph_strategy strategy);
void lph_transition_free(struct lph_transition *transition);
bool lph_transition_is_patch(const struct lph_transition *transition);
bool lph_transition_settled(const struct lph_transition *transition);
struct lph_transition *lph_transition_by_id(u64 id);
void lph_transition_begin(struct lph_transition *transition);
void lph_transition_note_stops(struct lph_transition *transition);
void lph_transition_settle(struct lph_transition *transition, int r);
void lph_transition_phase(void *transition, enum lph_phase phase);
u32 lph_transition_max_depth(void);
void lph_transition_forget(void);

#endif /* LPH_TRANSITION_H */
