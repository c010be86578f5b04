// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that have ops or redirects, from the first to some time after the last, and
 * their trampolines.
 */
#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "arch.h"
#include "attach.h"
#include "body.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "op-array.h"
#include "symbol.h"

LIST_HEAD(lph_functions);

/* The same by name: a request of thousands looks up each. lph_lock. */
static DEFINE_HASHTABLE(by_name, 12);

static u32 last_id;
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

/**
 * lph_function_give_slot() - take a function's trampoline from it
 * @fn: one that is not attached
 *
 * Context: lph_lock.
 */
void lph_function_give_slot(struct lph_function *fn)
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

/**
 * lph_function_destroy() - free a function
 * @fn: in no list any more, and not attached
 *
 * One that ftrace has not let go stays, with nothing to run: nobody gets its trampoline,
 * or its memory.
 *
 * Context: lph_lock; transition queue, if it was attached ever.
 */
void lph_function_destroy(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	lph_op_drop_array(fn);
	if (fn->lost)
		return;
	lph_function_give_slot(fn);
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

/**
 * lph_function_used() - has a function ops or redirects?
 * @fn: the function
 *
 * Context: lph_lock.
 */
bool lph_function_used(const struct lph_function *fn)
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
	if (lph_function_used(fn) || fn->state != LPH_FUNCTION_DETACHED)
		return;
	delist(fn);
	lph_function_destroy(fn);
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
		lph_function_give_slot(fn);
		lph_error(error, r, "out of memory for a writable mapping of the trampoline");
	} else {
		lph_arch_bind(fn->slot, fn);
	}
	mutex_unlock(&lph_lock);
	return r;
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
	if (lph_function_used(fn))
		return false;
	if (fn->state == LPH_FUNCTION_DETACHED) {
		lph_function_put(fn);
		return false;
	}
	WRITE_ONCE(fn->state, LPH_FUNCTION_IDLE);
	fn->idle_since = jiffies;
	return true;
}

/**
 * lph_function_hide() - take a function out of what is searched
 * @fn: the function
 * @hidden: where it goes
 *
 * Context: lph_lock.
 */
void lph_function_hide(struct lph_function *fn, struct list_head *hidden)
{
	delist(fn);
	list_add_tail(&fn->node, hidden);
}
