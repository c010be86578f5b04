// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that have ops, from the first op to some time after the last, and
 * how their calls come to run them.
 */
#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "arch.h"
#include "attach.h"
#include "body.h"
#include "consistency/consistency.h"
#include "function.h"
#include "locking.h"
#include "news.h"
#include "op-array.h"
#include "op-table.h"
#include "op.h"
#include "patch.h"
#include "shared.h"
#include "symbol.h"

LIST_HEAD(lph_functions);

/* The same by name: a request of thousands looks up each. lph_lock. */
static DEFINE_HASHTABLE(by_name, 12);

/*
 * A call costs 6 instructions more with a direct call, 193 with the shared
 * backend; but where several handlers have a function, a livepatch and ours for
 * one, ftrace passes by every ftrace_ops, 26 instructions for each direct call.
 * (6.1, x86-64, one op that counts.)
 */
static unsigned int direct_limit = 32;
module_param(direct_limit, uint, 0644);
MODULE_PARM_DESC(direct_limit, "How many functions get a direct call; the others share an ftrace_ops");

static u32 last_id;
/* By backend; lph_lock. */
static unsigned int attached[LPH_BACKEND_MAX + 1];

/* Trampolines in use; lph_lock. */
static DECLARE_BITMAP(slots_used, 4096);

static int take_slot(struct lph_error *error)
{
	unsigned int n = min(lph_arch_trampolines(), 4096u);
	unsigned int slot = find_first_zero_bit(slots_used, n);

	if (slot >= n)
		return lph_error(error, -ENOSPC,
				 "all %u trampolines are in use: remove tracers of other functions first",
				 n);
	__set_bit(slot, slots_used);
	return slot;
}

static void give_slot(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	if (!fn->slotted)
		return;
	lph_arch_bind(fn->slot, NULL);
	__clear_bit(fn->slot, slots_used);
	fn->slotted = false;
}

static u32 name_hash(const struct lph_symbol *symbol)
{
	return full_name_hash(NULL, symbol->name, strlen(symbol->name));
}

static void enlist(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	list_add_tail(&fn->node, &lph_functions);
	hash_add(by_name, &fn->by_name, name_hash(&fn->symbol));
}

static void delist(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	list_del(&fn->node);
	hash_del(&fn->by_name);
}

/*
 * Frees a function that is in no list and not attached. One that ftrace has not let go
 * stays, with nothing to run: nobody gets its trampoline, or its memory.
 */
static void destroy(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	lph_op_drop_array(fn);
	if (fn->lost)
		return;
	give_slot(fn);
	lph_attach_forget(fn);
	lph_body_free(fn);
	lph_symbol_free(&fn->symbol);
	kfree(fn);
}

static struct lph_function *create(const struct lph_symbol *symbol, bool coming,
				   struct lph_error *error)
{
	struct lph_function *fn;
	unsigned long addr;
	int r;

	r = lph_symbol_find(symbol, coming, &addr, error);
	if (r)
		return ERR_PTR(r);
	fn = kzalloc(sizeof(*fn), GFP_KERNEL);
	if (!fn)
		return ERR_PTR(lph_error(error, -ENOMEM, "out of memory"));
	INIT_LIST_HEAD(&fn->ops);
	INIT_LIST_HEAD(&fn->redirects);
	INIT_LIST_HEAD(&fn->batch);
	INIT_LIST_HEAD(&fn->turn.node);
	fn->addr = addr;
	r = lph_symbol_copy(&fn->symbol, symbol);
	if (r) {
		lph_error(error, r, "out of memory");
		goto free;
	}
	r = lph_attach_prepare(fn, error);
	if (r)
		goto free_symbol;

	fn->id = ++last_id;
	fn->site = lph_arch_site(addr);
	fn->original = lph_arch_original(addr);
	fn->bodies[LPH_BODY_ORIGINAL_INDEX].addr = fn->original;
	enlist(fn);
	return fn;

free_symbol:
	lph_symbol_free(&fn->symbol);
free:
	kfree(fn);
	return ERR_PTR(r);
}

/**
 * lph_function_get() - the function that @symbol names
 * @symbol: the name
 * @coming: its module is on its way in, and its notifiers run
 * @error: filled on failure
 *
 * Context: lph_lock. The caller adds an op or a redirect to it, or calls lph_function_put().
 * Return: the function, or an error pointer as described at LPH_CMD_ADD_OP.
 */
struct lph_function *lph_function_get(const struct lph_symbol *symbol, bool coming,
				      struct lph_error *error)
{
	struct lph_function *fn;

	lockdep_assert_held(&lph_lock);
	hash_for_each_possible(by_name, fn, by_name, name_hash(symbol))
		if (lph_symbol_equal(&fn->symbol, symbol))
			return fn;
	return create(symbol, coming, error);
}

static bool used(const struct lph_function *fn)
{
	return !list_empty(&fn->ops) || !list_empty(&fn->redirects);
}

/**
 * lph_function_put() - forget a function that nobody uses and that was never attached
 * @fn: the function; others are left alone
 *
 * Context: lph_lock.
 */
void lph_function_put(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	if (used(fn) || fn->state != LPH_FUNCTION_DETACHED)
		return;
	delist(fn);
	destroy(fn);
}

static void set_attached(struct lph_function *fn, enum lph_backend backend)
{
	mutex_lock(&lph_lock);
	attached[backend]++;
	WRITE_ONCE(fn->state, LPH_FUNCTION_ATTACHED);
	mutex_unlock(&lph_lock);
}

/**
 * lph_function_reserve() - give a function a trampoline
 * @fn: the function; one that has it keeps it
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock.
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int lph_function_reserve(struct lph_function *fn, struct lph_error *error)
{
	int r;

	if (fn->slotted)
		return 0;
	mutex_lock(&lph_lock);
	r = take_slot(error);
	mutex_unlock(&lph_lock);
	if (r < 0)
		return r;

	fn->slot = r;
	r = lph_arch_reset(fn->slot, fn->original);
	mutex_lock(&lph_lock);
	fn->slotted = true;
	if (r) {
		give_slot(fn);
		lph_error(error, r, "out of memory for a writable mapping of the trampoline");
	} else {
		lph_arch_bind(fn->slot, fn);
	}
	mutex_unlock(&lph_lock);
	return r;
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
			give_slot(fn);
		mutex_unlock(&lph_lock);
		return r;
	}
	set_attached(fn, LPH_BACKEND_DIRECT);
	return 0;
}

/**
 * lph_function_moved() - the trampoline takes over from the shared callback
 * @fn: a function that both are attached to
 *
 * An NMI may be between the two: one that the callback has served passes the trampoline,
 * by lph_shared_served().
 *
 * Context: a CPU that has stopped all others, while no task is between the two.
 */
void lph_function_moved(struct lph_function *fn)
{
	WRITE_ONCE(fn->backend, LPH_BACKEND_MOVED);
}

/**
 * lph_function_backend() - how calls come to run the ops of a function
 * @fn: an attached function
 *
 * Context: any.
 */
enum lph_backend lph_function_backend(const struct lph_function *fn)
{
	unsigned int backend = READ_ONCE(fn->backend);

	return backend == LPH_BACKEND_MOVED ? LPH_BACKEND_DIRECT : backend;
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
	WRITE_ONCE(fn->moving, true);
	wait_for_nmis();
	r = lph_switch_backend(fn, error);
	wait_for_nmis();
	if (!r)
		WRITE_ONCE(fn->backend, LPH_BACKEND_DIRECT);
	WRITE_ONCE(fn->moving, false);
	if (r) {
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

/**
 * lph_function_settle() - the ops or the redirects of a function have changed
 * @fn: the function
 *
 * Context: lph_lock.
 * Return: true if it is idle now.
 */
bool lph_function_settle(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	if (used(fn))
		return false;
	if (fn->state == LPH_FUNCTION_DETACHED) {
		lph_function_put(fn);
		return false;
	}
	WRITE_ONCE(fn->state, LPH_FUNCTION_IDLE);
	fn->idle_since = jiffies;
	return true;
}

unsigned int lph_function_count(enum lph_backend backend)
{
	lockdep_assert_held(&lph_lock);
	return attached[backend];
}

/* Takes @fn out of what is searched, so that nobody finds it any more. */
static void hide(struct lph_function *fn, struct list_head *hidden)
{
	delist(fn);
	list_add_tail(&fn->node, hidden);
}

/* Ends what hide() began; those of the shared backend in one step. */
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
		destroy(fn);
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
		if (fn->state != LPH_FUNCTION_IDLE || used(fn))
			continue;
		if (time_before(jiffies, fn->idle_since + LPH_IDLE_TIME) ||
		    (direct && fn->backend == LPH_BACKEND_DIRECT)) {
			more = true;
			continue;
		}
		direct |= fn->backend == LPH_BACKEND_DIRECT;
		hide(fn, &hidden);
	}
	mutex_unlock(&lph_lock);
	detach(&hidden);
	return more;
}

/**
 * lph_function_module_left() - drop the functions of a module, and their ops
 * @module: the module's name; its code is still there, but nothing calls it
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
		hide(fn, &hidden);
		list_for_each_entry(op, &fn->ops, node)
			lph_news()->op_gone(op);
		lph_patch_leave_function(fn);
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
		hide(fn, &hidden);
	mutex_unlock(&lph_lock);
	detach(&hidden);
}
