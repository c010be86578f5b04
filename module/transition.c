// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions: every change, from its request until it settled, and then as history.
 * What one does is in op-transition.c and patch-transition.c, whose turn it is in
 * transition-queue.c.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "consistency/consistency.h"
#include "consistency/tasks.h"
#include "function.h"
#include "locking.h"
#include "news.h"
#include "op-table.h"
#include "op.h"
#include "symbol.h"
#include "thread.h"
#include "transition.h"

LIST_HEAD(lph_transitions);
/* Those that have settled, in the order in which they did; lph_lock. */
static LIST_HEAD(history);

/* lph_lock */
static unsigned int settled_count;
static u32 deepest;

/**
 * lph_transition_free() - free a transition that was not queued
 * @transition: new
 */
void lph_transition_free(struct lph_transition *transition)
{
	lph_symbol_free(&transition->symbol);
	kvfree(transition->order);
	kvfree(transition->ops);
	if (transition->variant)
		lph_op_drop_variant(transition->variant);
	kfree(transition);
}

static void destroy(struct lph_transition *transition)
{
	list_del(&transition->node);
	lph_transition_free(transition);
}

bool lph_transition_settled(const struct lph_transition *transition)
{
	return transition->state != LPH_TRANSITION_QUEUED &&
	       transition->state != LPH_TRANSITION_RUNNING;
}

/*
 * @transition has settled. Never the one that goes, since it is the last: its work is
 * still running. The others' are over, and no cancel queues one again.
 */
static void enter_history(struct lph_transition *transition)
{
	struct lph_transition *oldest;

	lockdep_assert_held(&lph_lock);
	/* A cancel may have come while it settled by itself. */
	cancel_delayed_work(&transition->work);
	list_add_tail(&transition->in_history, &history);
	if (++settled_count <= LPH_TRANSITION_HISTORY)
		return;
	settled_count--;
	oldest = list_first_entry(&history, struct lph_transition, in_history);
	list_del(&oldest->in_history);
	destroy(oldest);
}

/**
 * lph_transition_phase() - note that a phase was reached
 * @transition: the running struct lph_transition; void, to be a lph_phase_fn
 * @phase: the first time counts
 *
 * Context: transition queue, without lph_lock.
 */
void lph_transition_phase(void *transition, enum lph_phase phase)
{
	struct lph_transition *t = transition;
	unsigned int i;

	mutex_lock(&lph_lock);
	for (i = 0; i < t->phase_count; i++)
		if (t->phases[i].phase == phase)
			goto out;
	t->phases[t->phase_count].phase = phase;
	t->phases[t->phase_count].at = ktime_sub(ktime_get(), t->queued);
	t->phase_count++;
out:
	mutex_unlock(&lph_lock);
}

static void settle_traps(struct lph_transition *transition)
{
	const struct lph_traps *before = &transition->before;
	struct lph_traps *traps = &transition->traps;
	int i;

	lockdep_assert_held(&lph_lock);
	lph_traps_read(traps);
	for (i = 0; i < LPH_CONTEXTS; i++)
		traps->taken[i] -= before->taken[i];
	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		traps->by_strategy[i] -= before->by_strategy[i];
	traps->stale -= before->stale;
	traps->overflows -= before->overflows;
	traps->lapses -= before->lapses;
	deepest = max(deepest, traps->max_depth);
}

/**
 * lph_transition_begin() - it is running from here on
 * @transition: whose turn it is
 *
 * Context: transition queue, lph_lock.
 */
void lph_transition_begin(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	transition->state = LPH_TRANSITION_RUNNING;
	lph_traps_reset_max_depth();
	lph_traps_read(&transition->before);
	lph_news()->transition(transition);
}

/**
 * lph_transition_note_stops() - note for how long all CPUs were stopped for it
 * @transition: running
 *
 * Context: transition queue, lph_lock.
 */
void lph_transition_note_stops(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	transition->longest_stop = max(transition->longest_stop, lph_tasks_take_longest_stop());
}

/**
 * lph_transition_settle() - it is over: note what came of it, and tell
 * @transition: running, or cancelled before its turn came
 * @r: -errno where it failed, with its error filled
 *
 * Context: transition queue, lph_lock. It may go to make room for those that follow.
 */
void lph_transition_settle(struct lph_transition *transition, int r)
{
	lockdep_assert_held(&lph_lock);
	transition->errno = r;
	if (r)
		transition->state = LPH_TRANSITION_FAILED;
	else if (transition->sw.reversed)
		transition->state = LPH_TRANSITION_REVERSED;
	else
		transition->state = LPH_TRANSITION_DONE;
	settle_traps(transition);
	lph_transition_note_stops(transition);
	lph_news()->transition(transition);
	enter_history(transition);
}

bool lph_transition_is_patch(const struct lph_transition *transition)
{
	switch (transition->kind) {
	case LPH_TRANSITION_ADD:
	case LPH_TRANSITION_REMOVE:
	case LPH_TRANSITION_CHANGE:
		return false;
	default:
		return true;
	}
}

/**
 * lph_transition_new() - a transition of patches, to be filled and queued
 * @kind: what it does
 * @strategy: how traps go on meanwhile
 *
 * Return: the transition, for lph_transition_queue() or _free(), or NULL without
 * memory.
 */
struct lph_transition *lph_transition_new(enum lph_transition_kind kind,
					  enum lph_strategy strategy)
{
	struct lph_transition *transition = kzalloc(sizeof(*transition), GFP_KERNEL);

	if (!transition)
		return NULL;
	INIT_LIST_HEAD(&transition->sw.functions);
	transition->kind = kind;
	transition->strategy = strategy;
	return transition;
}

/**
 * lph_transition_of_op() - a transition of an op, to be queued
 * @kind: what it does
 * @op: to this op
 * @strategy: how traps go on meanwhile
 *
 * Context: lph_lock.
 * Return: the transition, or NULL without memory.
 */
struct lph_transition *lph_transition_of_op(enum lph_transition_kind kind,
					    const struct lph_op *op,
					    enum lph_strategy strategy)
{
	struct lph_transition *transition = lph_transition_new(kind, strategy);

	lockdep_assert_held(&lph_lock);
	if (!transition)
		return NULL;
	if (lph_symbol_copy(&transition->symbol, &op->fn->symbol)) {
		lph_transition_free(transition);
		return NULL;
	}
	transition->op = op->id;
	transition->op_count = 1;
	return transition;
}

/**
 * lph_transition_of_ops() - a transition of several ops, to be queued
 * @kind: what it does
 * @ops: their ids, kvmalloc()ed; taken over on success
 * @n: how many
 * @strategy: how traps go on meanwhile
 *
 * Context: lph_lock.
 * Return: the transition, or NULL without memory.
 */
struct lph_transition *lph_transition_of_ops(enum lph_transition_kind kind, u32 *ops,
					     unsigned int n, enum lph_strategy strategy)
{
	struct lph_transition *transition;

	transition = lph_transition_of_op(kind, lph_op_by_id(ops[0]), strategy);
	if (!transition)
		return NULL;
	transition->op_count = n;
	transition->ops = ops;
	return transition;
}

struct lph_transition *lph_transition_by_id(u64 id)
{
	struct lph_transition *transition;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(transition, &lph_transitions, node)
		if (transition->id == id)
			return transition;
	return NULL;
}

/**
 * lph_transition_max_depth() - the most slots that any transition saw in use
 *
 * Context: lph_lock.
 */
u32 lph_transition_max_depth(void)
{
	lockdep_assert_held(&lph_lock);
	return deepest;
}

/**
 * lph_transition_forget() - forget the history
 *
 * Context: module unload: all have settled.
 */
void lph_transition_forget(void)
{
	while (!list_empty(&lph_transitions))
		destroy(list_first_entry(&lph_transitions, struct lph_transition, node));
}
