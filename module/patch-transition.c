// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transition of patches: one is applied or removed, or all are stacked anew.
 *
 *  1. The request has pinned the patch's module and given its functions their
 *     redirects, which count for nothing yet.
 *  2. Its turn comes; one at a time. The patches are stacked as it wants them.
 *     Each function of which another body wins then is claimed (nobody else may
 *     redirect it), held (each of its calls reads the op array), and attached.
 *  3. The calls come to run the other bodies, all functions together, as its
 *     consistency says (consistency.c). While tasks are waited for, the queue
 *     is free for others.
 *  4. It settles: the functions are let go, and the redirects and the module of a
 *     patch that left. Where it fails or is reversed, all is as before 2.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/string.h>

#include "attach.h"
#include "backend.h"
#include "consistency/consistency.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "op-array.h"
#include "patch-transition.h"
#include "patch.h"
#include "symbol.h"
#include "transition.h"

static unsigned long body_of(const struct lph_redirect *redirect)
{
	return redirect ? redirect->body : 0;
}

/* 2. Stacks the patches, and finds the functions whose body changes. */
static int plan(struct lph_transition *transition)
{
	struct lph_loaded_patch *patch = lph_patch_by_name(transition->patch);
	bool apply = transition->kind == LPH_TRANSITION_APPLY;
	struct lph_function *fn;
	int r;

	lockdep_assert_held(&lph_lock);
	if (transition->order) {
		r = lph_patch_check_order(transition->order, NULL, &transition->error);
		if (r)
			return r;
	}
	lph_patch_stack(patch, apply, transition->order);
	list_for_each_entry(fn, &lph_functions, node) {
		unsigned long from = fn->choice.body[LPH_NEW];
		unsigned long to = body_of(lph_patch_winner(fn, false));

		if (from == to)
			continue;
		fn->turn.from = from;
		fn->turn.to = to;
		list_add_tail(&fn->turn.node, &transition->sw.functions);
	}
	if (apply)
		transition->sw.comes = patch->patch->mod;
	else if (patch)
		transition->sw.goes = patch->patch->mod;
	return 0;
}

/* Calls enter the trampoline of @fn only from here on. */
static bool not_entered(const struct lph_function *fn)
{
	return READ_ONCE(fn->state) == LPH_FUNCTION_DETACHED ||
	       fn->backend != LPH_BACKEND_DIRECT;
}

/* Nobody else may redirect @fn, and it has a trampoline. */
static int claim(struct lph_function *fn, struct lph_error *error)
{
	int r = lph_attach_claim(fn, error);

	return r ?: lph_function_reserve(fn, error);
}

static int take(struct lph_function *fn, struct lph_transition *transition)
{
	struct lph_error *error = &transition->error;
	int r;

	r = claim(fn, error);
	if (r)
		return r;
	r = lph_op_hold(fn, transition->strategy, error);
	if (r)
		return r;
	if (not_entered(fn))
		lph_op_lead_exit(fn);
	return lph_function_attach_direct(fn, error);
}

/* Lets go of a function, whose calls run what @fn->choice says. */
static void let_go(struct lph_function *fn, enum lph_strategy strategy)
{
	list_del_init(&fn->turn.node);
	if (!fn->choice.body[LPH_NEW])
		lph_attach_release(fn);
	if (fn->turn.held)
		lph_op_release(fn, strategy);
}

/**
 * lph_patch_begin() - step 2
 * @transition: whose turn it is
 *
 * Context: transition queue, without lph_lock; lph_patch_end() is to follow.
 * Return: 0 or -errno with @transition's error filled.
 */
int lph_patch_begin(struct lph_transition *transition)
{
	struct lph_function *fn;
	int r;

	mutex_lock(&lph_lock);
	r = plan(transition);
	transition->stacked = !r;
	mutex_unlock(&lph_lock);
	if (r)
		return r;

	list_for_each_entry(fn, &transition->sw.functions, turn.node) {
		r = take(fn, transition);
		if (r)
			return r;
	}
	lph_transition_phase(transition, LPH_PHASE_ATTACH);
	if (transition->sw.comes)
		add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
	r = lph_switch_begin(&transition->sw, &transition->error);
	if (r)
		return r;
	lph_transition_phase(transition, LPH_PHASE_SWITCH);
	return 0;
}

/* Return: 0 reversed, -EINPROGRESS tasks must switch back first. */
static int reverse(struct lph_transition *transition)
{
	if (transition->sw.consistency == LPH_CONSISTENCY_STOP) {
		transition->sw.reversed = true;
		return 0;
	}
	/* Without memory it is tried again. */
	lph_switch_reverse(&transition->sw);
	return -EINPROGRESS;
}

/**
 * lph_patch_look() - step 3
 * @transition: begun
 *
 * Context: transition queue, without lph_lock.
 * Return: 0 it is through, one way or the other; -EINPROGRESS look again after
 * lph_switch_delay(); another -errno with @transition's error filled.
 */
int lph_patch_look(struct lph_transition *transition)
{
	struct lph_switch *sw = &transition->sw;
	int r;

	if (atomic_read(&sw->fate) == LPH_FATE_CANCELLED && !sw->reversed)
		return reverse(transition);
	r = lph_switch_look(sw, &transition->error);
	/* The work of the cancel comes next. */
	return r == -ECANCELED ? -EINPROGRESS : r;
}

/* The patch's own state; @undone: the transition came to nothing. */
static void settle_patch(const struct lph_transition *transition, bool undone)
{
	struct lph_loaded_patch *patch = lph_patch_by_name(transition->patch);
	bool apply = transition->kind == LPH_TRANSITION_APPLY;

	lockdep_assert_held(&lph_lock);
	if (!patch)
		return;
	if (apply == undone) {
		patch->state = LPH_PATCH_LOADED;
		lph_patch_unuse(patch);
	} else {
		patch->state = LPH_PATCH_PATCHED;
	}
}

/**
 * lph_patch_end() - step 4
 * @transition: through, failed, or cancelled before its turn came
 * @r: -errno where it failed
 *
 * Context: transition queue, without lph_lock.
 */
void lph_patch_end(struct lph_transition *transition, int r)
{
	bool undone = r || transition->sw.reversed;
	struct lph_function *fn, *next;

	lph_switch_end(&transition->sw);
	list_for_each_entry_safe(fn, next, &transition->sw.functions, turn.node)
		let_go(fn, transition->strategy);

	mutex_lock(&lph_lock);
	if (undone && transition->stacked)
		lph_patch_unstack();
	settle_patch(transition, undone);
	mutex_unlock(&lph_lock);
}

/* ------------------------------------------------------- modules on their way in */

/* What calls of a function run that nobody has called yet. */
static int first_choice(struct lph_function *fn, struct lph_transition *running)
{
	struct lph_choice choice = {};
	unsigned long before, now;
	int r;

	lockdep_assert_held(&lph_lock);
	now = body_of(lph_patch_winner(fn, false));
	before = running ? body_of(lph_patch_winner(fn, true)) : now;
	if (running && running->sw.reversed)
		swap(before, now);

	choice.body[LPH_OLD] = before;
	choice.body[LPH_NEW] = now;
	if (before != now) {
		fn->turn.from = before;
		fn->turn.to = now;
		fn->turn.held = true;
		list_add_tail(&fn->turn.node, &running->sw.functions);
		running->sw.relist = true;
		choice.epoch = running->sw.epoch;
		if (running->sw.consistency == LPH_CONSISTENCY_STOP)
			choice.body[LPH_NEW] = before;
	}
	r = lph_op_prepare(fn, &choice);
	if (r)
		return r;
	lph_op_switch(fn);
	lph_op_drop_prepared(fn);
	return 0;
}

static int enter(struct lph_function *fn, struct lph_transition *running,
		 struct lph_error *error)
{
	unsigned long size;
	int r;

	/* A switch that has begun must be able to list it. */
	r = lph_symbol_size(fn->addr, &size, error);
	if (r)
		return r;
	r = claim(fn, error);
	if (r)
		return r;
	mutex_lock(&lph_lock);
	r = first_choice(fn, running);
	mutex_unlock(&lph_lock);
	if (r)
		return lph_error(error, r, "out of memory");
	lph_op_lead_exit(fn);
	return lph_function_attach_direct(fn, error);
}

/* A function of @module that has a redirect and is not attached yet, or NULL. */
static struct lph_function *next_to_enter(const char *module)
{
	struct lph_function *fn;

	list_for_each_entry(fn, &lph_functions, node)
		if (fn->state == LPH_FUNCTION_DETACHED && !list_empty(&fn->redirects) &&
		    !strcmp(fn->symbol.module, module))
			return fn;
	return NULL;
}

/**
 * lph_patch_module_left() - drop the functions of a module, their redirects and ops
 * @module: the module's name; its code is still there, but nothing calls it
 *
 * Context: transition queue, without lph_lock.
 */
void lph_patch_module_left(const char *module)
{
	mutex_lock(&lph_lock);
	lph_patch_leave_module(module);
	mutex_unlock(&lph_lock);
	lph_function_module_left(module);
}

/**
 * lph_patch_module_coming() - patch a module before it goes live
 * @module: its name; its notifiers run
 * @running: the patches' transition that is under way, or NULL
 * @error: filled on failure
 *
 * Nobody has called its functions yet, so that they need no consistency; those that
 * a transition under way is about join it.
 *
 * Context: transition queue, without lph_lock.
 * Return: 0, or -errno, and the module must not be loaded.
 */
int lph_patch_module_coming(const char *module, struct lph_transition *running,
			    struct lph_error *error)
{
	struct lph_loaded_patch *patch;
	struct lph_function *fn;
	int r = 0;

	mutex_lock(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node) {
		if (patch->state == LPH_PATCH_LOADED)
			continue;
		r = lph_patch_add_object(patch, module, true, error);
		if (r)
			break;
	}
	fn = next_to_enter(module);
	mutex_unlock(&lph_lock);

	while (fn && !r) {
		r = enter(fn, running, error);
		mutex_lock(&lph_lock);
		fn = next_to_enter(module);
		mutex_unlock(&lph_lock);
	}
	if (r)
		lph_patch_module_left(module);
	return r;
}
