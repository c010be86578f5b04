// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that have a trampoline, from the first op to some time after the
 * last.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "attach.h"
#include "function.h"
#include "netlink.h"
#include "op.h"

/* See function.h for what it protects. */
DEFINE_MUTEX(lph_lock);
LIST_HEAD(lph_functions);

static u32 last_id;
static unsigned int function_count;

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

/* Frees a function that is in no list and not attached. */
static void destroy(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	lph_op_drop_array(fn);
	lph_arch_bind(fn->slot, NULL);
	__clear_bit(fn->slot, slots_used);
	lph_attach_forget(fn);
	lph_body_free(fn);
	lph_symbol_free(&fn->symbol);
	kfree(fn);
}

static struct lph_function *create(const struct lph_symbol *symbol, struct lph_error *error)
{
	struct lph_function *fn;
	unsigned long addr;
	int r;

	r = lph_symbol_find(symbol, &addr, error);
	if (r)
		return ERR_PTR(r);
	fn = kzalloc(sizeof(*fn), GFP_KERNEL);
	if (!fn)
		return ERR_PTR(lph_error(error, -ENOMEM, "out of memory"));
	INIT_LIST_HEAD(&fn->ops);
	fn->addr = addr;
	r = lph_symbol_copy(&fn->symbol, symbol);
	if (r) {
		lph_error(error, r, "out of memory");
		goto free;
	}
	r = lph_attach_prepare(fn, error);
	if (r)
		goto free_symbol;
	r = take_slot(error);
	if (r < 0)
		goto forget;

	fn->slot = r;
	fn->id = ++last_id;
	fn->original = lph_arch_original(addr);
	fn->bodies[LPH_BODY_ORIGINAL_INDEX].addr = fn->original;
	lph_arch_bind(fn->slot, fn);
	list_add_tail(&fn->node, &lph_functions);
	function_count++;
	return fn;

forget:
	lph_attach_forget(fn);
free_symbol:
	lph_symbol_free(&fn->symbol);
free:
	kfree(fn);
	return ERR_PTR(r);
}

/**
 * lph_function_get() - the function that @symbol names
 * @symbol: the name
 * @error: filled on failure
 *
 * Context: lph_lock. The caller adds an op to it, or calls lph_function_put().
 * Return: the function, or an error pointer as described at LPH_CMD_ADD_OP.
 */
struct lph_function *lph_function_get(const struct lph_symbol *symbol,
				      struct lph_error *error)
{
	struct lph_function *fn;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		if (lph_symbol_equal(&fn->symbol, symbol))
			return fn;
	return create(symbol, error);
}

/**
 * lph_function_put() - forget a function that has no op and was never attached
 * @fn: the function; others are left alone
 *
 * Context: lph_lock.
 */
void lph_function_put(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	if (!list_empty(&fn->ops) || fn->state != LPH_FUNCTION_DETACHED)
		return;
	list_del(&fn->node);
	function_count--;
	destroy(fn);
}

/**
 * lph_function_attach() - see that calls of a function enter its trampoline
 * @fn: the function
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock. @fn has an op and so stays.
 * Return: 0, or an error of lph_attach().
 */
int lph_function_attach(struct lph_function *fn, struct lph_error *error)
{
	int r;

	if (READ_ONCE(fn->state) == LPH_FUNCTION_DETACHED) {
		r = lph_attach(fn, error);
		if (r)
			return r;
	}
	mutex_lock(&lph_lock);
	WRITE_ONCE(fn->state, LPH_FUNCTION_ATTACHED);
	mutex_unlock(&lph_lock);
	return 0;
}

/**
 * lph_function_settle() - the op set of a function has changed
 * @fn: the function
 *
 * Context: lph_lock.
 * Return: true if it is idle now.
 */
bool lph_function_settle(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	if (!list_empty(&fn->ops))
		return false;
	if (fn->state == LPH_FUNCTION_DETACHED) {
		lph_function_put(fn);
		return false;
	}
	WRITE_ONCE(fn->state, LPH_FUNCTION_IDLE);
	fn->idle_since = jiffies;
	return true;
}

unsigned int lph_function_count(void)
{
	lockdep_assert_held(&lph_lock);
	return function_count;
}

/* Takes @fn out of the list, so that nobody finds it any more. */
static void hide(struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	list_del(&fn->node);
	function_count--;
}

/* Ends what hide() began. */
static void detach(struct lph_function *fn)
{
	if (fn->state != LPH_FUNCTION_DETACHED)
		lph_detach(fn);
	mutex_lock(&lph_lock);
	destroy(fn);
	mutex_unlock(&lph_lock);
}

/**
 * lph_function_detach_idle() - detach one function that has been idle for long
 *
 * One at a time, since it takes long and transitions wait behind it. A request
 * for the same function meanwhile makes a new one, whose transition comes after.
 *
 * Context: transition queue, without lph_lock.
 * Return: true if there are more idle functions.
 */
bool lph_function_detach_idle(void)
{
	struct lph_function *fn, *next, *found = NULL;
	bool more = false;

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, &lph_functions, node) {
		if (fn->state != LPH_FUNCTION_IDLE || !list_empty(&fn->ops))
			continue;
		if (found || time_before(jiffies, fn->idle_since + LPH_IDLE_TIME)) {
			more = true;
			continue;
		}
		hide(fn);
		found = fn;
	}
	mutex_unlock(&lph_lock);
	if (found)
		detach(found);
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
	struct lph_op *op, *next_op;
	LIST_HEAD(left);

	mutex_lock(&lph_lock);
	list_for_each_entry_safe(fn, next, &lph_functions, node) {
		if (strcmp(fn->symbol.module, module))
			continue;
		hide(fn);
		list_add_tail(&fn->node, &left);
	}
	mutex_unlock(&lph_lock);

	list_for_each_entry_safe(fn, next, &left, node) {
		mutex_lock(&lph_lock);
		list_for_each_entry_safe(op, next_op, &fn->ops, node) {
			lph_netlink_op_gone(op);
			lph_op_leave(op);
		}
		mutex_unlock(&lph_lock);
		detach(fn);
	}
}

/**
 * lph_function_exit() - detach every function
 *
 * Context: module unload: there is no op any more, and no transition queue.
 */
void lph_function_exit(void)
{
	struct lph_function *fn, *next;

	list_for_each_entry_safe(fn, next, &lph_functions, node) {
		mutex_lock(&lph_lock);
		hide(fn);
		mutex_unlock(&lph_lock);
		detach(fn);
	}
}
