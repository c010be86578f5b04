// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transition of an op:
 *
 *  1. It is queued with the request, which has checked all that can be checked
 *     without waiting; the op exists and has its place in the run order.
 *  2. Its turn comes. Where the function's fentry does not call its backend
 *     yet, ftrace makes it.
 *  3. The new op set is published and the sites are rewritten (op-array.c).
 *  4. It settles: the states of op and function change, subscribers are told,
 *     the op that left is freed after a grace period.
 *
 * One of several ops takes each step for all of them before it takes the next.
 * If it fails, what it has done is undone: all are as they were.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>

#include "backend.h"
#include "error.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "op-array.h"
#include "op-table.h"
#include "op-transition.h"
#include "op.h"
#include "transition.h"

/* The @i-th op, or NULL: it could not be added, or its function left. */
static struct lph_op *nth_op(const struct lph_transition *transition, unsigned int i)
{
	lockdep_assert_held(&lph_lock);
	return lph_op_by_id(transition->ops ? transition->ops[i] : transition->op);
}

/* Likewise, for the queue: what it finds stays, since only the queue frees it. */
static struct lph_op *get_op(const struct lph_transition *transition, unsigned int i)
{
	struct lph_op *op;

	mutex_lock(&lph_lock);
	op = nth_op(transition, i);
	mutex_unlock(&lph_lock);
	return op;
}

/* 2. */
static int attach(struct lph_transition *transition)
{
	bool bulk = transition->op_count > 1;
	LIST_HEAD(shared);
	unsigned int i;
	int r = 0;

	for (i = 0; i < transition->op_count && !r; i++) {
		struct lph_op *op = get_op(transition, i);

		if (op && op->latency)
			r = lph_function_attach_trampoline(op->fn, &transition->error);
		else if (op)
			r = lph_function_attach(op->fn, bulk, &shared, &transition->error);
	}
	return lph_function_attach_shared(&shared, r, &transition->error);
}

static struct lph_rewrite rewrite_of(struct lph_transition *transition)
{
	return (struct lph_rewrite){ transition->strategy, lph_transition_phase, transition };
}

/* Takes the first @n ops back. What has no memory for that stays as it is. */
static void undo(struct lph_transition *transition, unsigned int n, enum lph_op_change change)
{
	const struct lph_rewrite how = rewrite_of(transition);
	struct lph_error ignored;
	struct lph_op *op;

	while (n--) {
		op = get_op(transition, n);
		if (op)
			lph_op_apply(op, change, &how, &ignored);
	}
}

static int not_there(struct lph_transition *transition)
{
	return lph_error(&transition->error, -ENOENT,
			 "the op is gone: it could not be added, or its function left");
}

/* 3. */
static int apply(struct lph_transition *transition)
{
	const struct lph_rewrite how = rewrite_of(transition);
	bool add = transition->kind == LPH_TRANSITION_ADD;
	unsigned int i, found = 0;
	int r;

	for (i = 0; i < transition->op_count; i++) {
		struct lph_op *op = get_op(transition, i);

		if (!op)
			continue;
		found++;
		r = lph_op_apply(op, add ? LPH_OP_ENTERS : LPH_OP_LEAVES, &how,
				 &transition->error);
		if (r) {
			undo(transition, i, add ? LPH_OP_LEAVES : LPH_OP_ENTERS);
			return r;
		}
	}
	return found ? 0 : not_there(transition);
}

/* 3, of an op that becomes another. */
static int replace(struct lph_transition *transition)
{
	const struct lph_rewrite how = rewrite_of(transition);
	struct lph_op *op = get_op(transition, 0);
	int r;

	if (!op)
		return not_there(transition);
	if (transition->variant->latency) {
		r = lph_function_attach_trampoline(op->fn, &transition->error);
		if (r)
			return r;
	}
	r = lph_op_replace(op, transition->variant, &how, &transition->error);
	if (!r)
		transition->variant = NULL;
	return r;
}

/**
 * lph_op_transition_run() - steps 2 and 3
 * @transition: whose turn it is
 *
 * Context: transition queue, without lph_lock; lph_op_transition_settle() follows.
 * Return: 0 or -errno with @transition's error filled.
 */
int lph_op_transition_run(struct lph_transition *transition)
{
	int r;

	if (transition->kind == LPH_TRANSITION_CHANGE)
		return replace(transition);
	if (transition->kind == LPH_TRANSITION_ADD) {
		r = attach(transition);
		if (r)
			return r;
		lph_transition_phase(transition, LPH_PHASE_ATTACH);
	}
	return apply(transition);
}

/* 4. It stays if calls run it now. */
static void settle_op(struct lph_transition *transition, struct lph_op *op)
{
	struct lph_function *fn = op->fn;

	lockdep_assert_held(&lph_lock);
	if (transition->kind == LPH_TRANSITION_CHANGE)
		op->changing = false;
	if (op->runs) {
		/* A removal that is queued behind its own addition stays marked. */
		if (transition->kind == LPH_TRANSITION_REMOVE || op->state == LPH_OP_QUEUED)
			op->state = LPH_OP_ATTACHED;
	} else {
		lph_op_leave(op);
	}
	lph_function_settle(fn);
}

/**
 * lph_op_transition_settle() - step 4, of the ops
 * @transition: has run, and subscribers were told: an op that leaves lets go of the module
 *
 * Context: transition queue, lph_lock.
 */
void lph_op_transition_settle(struct lph_transition *transition)
{
	unsigned int i;

	lockdep_assert_held(&lph_lock);
	for (i = 0; i < transition->op_count; i++) {
		struct lph_op *op = nth_op(transition, i);

		if (op)
			settle_op(transition, op);
	}
	/* The history does without. */
	kvfree(transition->ops);
	transition->ops = NULL;
	if (transition->variant)
		lph_op_drop_variant(transition->variant);
	transition->variant = NULL;
}
