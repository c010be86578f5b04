// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the calls of functions come to run their ops: which backend each gets, direct
 * (attach.c) or shared (shared.c), the way from the one to the other, and the detach.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "attach.h"
#include "backend.h"
#include "consistency/consistency.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "news.h"
#include "op-array.h"
#include "op-table.h"
#include "op.h"
#include "shared-counts.h"
#include "shared.h"

/*
 * A call costs 6 instructions more with a direct call, 9 with the shared backend; but
 * where several handlers have a function, a livepatch and ours for one, ftrace passes by
 * every ftrace_ops, 26 instructions for each direct call. (6.1, x86-64, one op that
 * counts.)
 */
static unsigned int direct_limit = 32;
module_param(direct_limit, uint, 0644);
MODULE_PARM_DESC(direct_limit, "How many functions get a direct call; the others share an ftrace_ops");

/* By backend; lph_lock. */
static unsigned int attached[LPH_BACKEND_MAX + 1];

static void set_attached(struct lph_function *fn, enum lph_backend backend)
{
	mutex_lock(&lph_lock);
	attached[backend]++;
	WRITE_ONCE(fn->state, LPH_FUNCTION_ATTACHED);
	mutex_unlock(&lph_lock);
}

static int attach_direct(struct lph_function *fn, struct lph_error *error)
{
	int r;

	r = lph_function_reserve(fn, error);
	if (r)
		return r;
	WRITE_ONCE(fn->backend, LPH_BACKEND_DIRECT);
	r = lph_attach(fn, error);
	if (r) {
		mutex_lock(&lph_lock);
		if (!fn->lost)
			lph_function_give_slot(fn);
		mutex_unlock(&lph_lock);
		return r;
	}
	set_attached(fn, LPH_BACKEND_DIRECT);
	return 0;
}

static void nothing(void *unused)
{
}

/* All NMIs are over that were under way: each CPU takes an interrupt. */
static void wait_for_nmis(void)
{
	on_each_cpu(nothing, NULL, 1);
}

/*
 * From the shared backend to a direct call; no call runs its ops twice or not at all.
 * The trampoline is held, so that each of its calls looks at the backend.
 */
static int move_to_direct(struct lph_function *fn, struct lph_error *error)
{
	LIST_HEAD(batch);
	int r;

	r = lph_attach(fn, error);
	if (r)
		return r;
	/* From here on, the list notes who has been there. */
	lph_counts_clear(fn);
	WRITE_ONCE(fn->moving, true);
	wait_for_nmis();
	r = lph_switch_backend(fn, error);
	wait_for_nmis();
	if (!r)
		WRITE_ONCE(fn->backend, LPH_BACKEND_DIRECT);
	WRITE_ONCE(fn->moving, false);
	if (r) {
		lph_op_count_shared(fn);
		lph_detach(fn);
		return r;
	}
	mutex_lock(&lph_lock);
	attached[LPH_BACKEND_SHARED]--;
	attached[LPH_BACKEND_DIRECT]++;
	mutex_unlock(&lph_lock);
	list_add(&fn->batch, &batch);
	lph_shared_remove(&batch);
	list_del_init(&fn->batch);
	return 0;
}

/* Return: is it attached already? If it was idle, it is no longer. */
static bool is_attached(struct lph_function *fn)
{
	if (READ_ONCE(fn->state) == LPH_FUNCTION_IDLE) {
		mutex_lock(&lph_lock);
		WRITE_ONCE(fn->state, LPH_FUNCTION_ATTACHED);
		mutex_unlock(&lph_lock);
	}
	return READ_ONCE(fn->state) == LPH_FUNCTION_ATTACHED;
}

/**
 * lph_function_attach_direct() - see that calls of a function enter its trampoline
 * @fn: a function that has one, see lph_function_reserve()
 * @error: filled on failure
 *
 * For a redirect, which only a direct call can be.
 *
 * Context: transition queue, without lph_lock. @fn is held (lph_op_hold()), and has a
 * redirect or an op, and so stays.
 * Return: 0, an error of lph_attach(), or -EAGAIN of lph_switch_backend().
 */
int lph_function_attach_direct(struct lph_function *fn, struct lph_error *error)
{
	if (!is_attached(fn))
		return attach_direct(fn, error);
	if (fn->backend == LPH_BACKEND_SHARED)
		return move_to_direct(fn, error);
	return lph_attach_check(fn, error);
}

/**
 * lph_function_attach_trampoline() - the same, for one that may have none yet
 * @fn: the function
 * @error: filled on failure
 *
 * For an op that catches returns: only a trampoline can call the body.
 *
 * Context: transition queue, without lph_lock. @fn has an op and so stays.
 * Return: 0, or an error of lph_function_reserve() or lph_function_attach_direct().
 */
int lph_function_attach_trampoline(struct lph_function *fn, struct lph_error *error)
{
	int r = lph_function_reserve(fn, error);

	if (r)
		return r;
	if (fn->turn.held || READ_ONCE(fn->state) == LPH_FUNCTION_DETACHED ||
	    fn->backend == LPH_BACKEND_DIRECT)
		return lph_function_attach_direct(fn, error);
	r = lph_op_hold(fn, LPH_STRATEGY_SLOTS, error);
	if (r)
		return r;
	r = lph_function_attach_direct(fn, error);
	lph_op_release(fn, LPH_STRATEGY_SLOTS);
	return r;
}

/**
 * lph_function_attach() - see that calls of a function run its ops
 * @fn: the function
 * @bulk: it is one of several
 * @shared: those that the shared backend gets, so far
 * @error: filled on failure
 *
 * By a direct call, unless it is one of several, or direct_limit functions have
 * one already, or another direct caller holds it, or the kernel has no direct
 * calls. Where the shared backend would not see the body, by a direct call in
 * any case.
 *
 * Context: transition queue, without lph_lock. @fn has an op and so stays.
 * lph_function_attach_shared() follows, on failure, too.
 * Return: 0, or an error of lph_attach().
 */
int lph_function_attach(struct lph_function *fn, bool bulk, struct list_head *shared,
			struct lph_error *error)
{
	bool must = lph_shared_runs_early(fn);
	int r = -EBUSY;

	if (is_attached(fn))
		return 0;

	if (must || (lph_attach_possible() && !bulk &&
		     READ_ONCE(attached[LPH_BACKEND_DIRECT]) < READ_ONCE(direct_limit)))
		r = attach_direct(fn, error);
	if (must || (r != -EBUSY && r != -ENOSPC))
		return r;
	/* Twice among the several, it is there already. */
	if (list_empty(&fn->batch))
		list_add_tail(&fn->batch, shared);
	return 0;
}

/**
 * lph_function_attach_shared() - end what calls of lph_function_attach() began
 * @shared: those that the shared backend gets
 * @r: what the calls returned, 0 or the first failure
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock.
 * Return: @r, or an error of lph_shared_add() with none of @shared attached.
 */
int lph_function_attach_shared(struct list_head *shared, int r, struct lph_error *error)
{
	struct lph_function *fn, *next;

	if (!r)
		r = lph_shared_add(shared, error);
	list_for_each_entry_safe(fn, next, shared, batch) {
		list_del_init(&fn->batch);
		if (!r)
			set_attached(fn, LPH_BACKEND_SHARED);
	}
	return r;
}

unsigned int lph_function_count(enum lph_backend backend)
{
	lockdep_assert_held(&lph_lock);
	return attached[backend];
}

/* Ends what lph_function_hide() began; those of the shared backend in one step. */
static void detach(struct list_head *hidden)
{
	struct lph_function *fn, *next;
	struct lph_op *op, *next_op;
	LIST_HEAD(shared);

	list_for_each_entry(fn, hidden, node) {
		if (fn->state == LPH_FUNCTION_DETACHED)
			continue;
		if (fn->backend == LPH_BACKEND_SHARED)
			list_add_tail(&fn->batch, &shared);
		else
			lph_detach(fn);
	}
	lph_shared_remove(&shared);

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, hidden, node) {
		if (fn->state != LPH_FUNCTION_DETACHED)
			attached[fn->backend]--;
		lph_op_drop_array(fn);
		list_for_each_entry_safe(op, next_op, &fn->ops, node)
			lph_op_leave(op);
		lph_function_destroy(fn);
	}
	mutex_unlock(&lph_lock);
}

/**
 * lph_function_detach_idle() - detach functions that have been idle for long
 *
 * One direct call at a time, since it takes long and transitions wait behind
 * it; all of the shared backend. A request for the same function meanwhile makes
 * a new one, whose transition comes after.
 *
 * Context: transition queue, without lph_lock.
 * Return: true if there are more idle functions.
 */
bool lph_function_detach_idle(void)
{
	struct lph_function *fn, *next;
	bool more = false, direct = false;
	LIST_HEAD(hidden);

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, &lph_functions, node) {
		if (fn->state != LPH_FUNCTION_IDLE || lph_function_used(fn))
			continue;
		if (time_before(jiffies, fn->idle_since + LPH_IDLE_TIME) ||
		    (direct && fn->backend == LPH_BACKEND_DIRECT)) {
			more = true;
			continue;
		}
		direct |= fn->backend == LPH_BACKEND_DIRECT;
		lph_function_hide(fn, &hidden);
	}
	mutex_unlock(&lph_lock);
	detach(&hidden);
	return more;
}

/**
 * lph_function_module_left() - drop the functions of a module, and their ops
 * @module: the module's name; its code is still there, but nothing calls it. It has
 *	no redirects any more
 *
 * Context: transition queue, without lph_lock.
 */
void lph_function_module_left(const char *module)
{
	struct lph_function *fn, *next;
	struct lph_op *op;
	LIST_HEAD(hidden);

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, &lph_functions, node) {
		if (strcmp(fn->symbol.module, module))
			continue;
		lph_function_hide(fn, &hidden);
		list_for_each_entry(op, &fn->ops, node)
			lph_news()->op_gone(op);
		/* Nor does a transition that is under way change it. */
		list_del_init(&fn->turn.node);
	}
	mutex_unlock(&lph_lock);
	detach(&hidden);
}

/**
 * lph_function_exit() - detach every function
 *
 * Context: module unload: there is no op any more, and no transition queue.
 */
void lph_function_exit(void)
{
	struct lph_function *fn, *next;
	LIST_HEAD(hidden);

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, &lph_functions, node)
		lph_function_hide(fn, &hidden);
	mutex_unlock(&lph_lock);
	detach(&hidden);
}
