// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patches whose modules are loaded, and the order in which they stack: of those
 * that have a body for a function, the topmost one's is run.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "news.h"
#include "patch.h"
#include "symbol.h"

/* lph_lock */
LIST_HEAD(lph_patches);
static u32 last_id;

const char *lph_patch_name(const struct lph_loaded_patch *patch)
{
	return patch->patch->mod->name;
}

struct lph_loaded_patch *lph_patch_by_name(const char *name)
{
	struct lph_loaded_patch *patch;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node)
		if (!strcmp(lph_patch_name(patch), name))
			return patch;
	return NULL;
}

/**
 * lph_patch_place() - where a patch stands in the stack
 * @patch: the patch
 *
 * Context: lph_lock.
 * Return: from 1, the bottom; 0 where it is not in it.
 */
unsigned int lph_patch_place(const struct lph_loaded_patch *patch)
{
	const struct lph_loaded_patch *other;
	unsigned int place = 1;

	lockdep_assert_held(&lph_lock);
	if (!patch->wanted)
		return 0;
	list_for_each_entry(other, &lph_patches, node)
		place += other->wanted && other->rank < patch->rank;
	return place;
}

/* ------------------------------------------------------------- registration */

static bool well_formed(const struct lph_patch *patch)
{
	const struct lph_patch_object *obj;
	const struct lph_patch_func *func;

	if (!patch->mod || !patch->objs || !patch->objs[0].funcs)
		return false;
	for (obj = patch->objs; obj->funcs; obj++) {
		if (!obj->funcs[0].old_name)
			return false;
		for (func = obj->funcs; func->old_name; func++)
			if (!func->new_func)
				return false;
	}
	return true;
}

/**
 * lph_patch_register() - make a patch known, that can then be applied
 * @patch: what its module declares; stays where it is
 *
 * Context: process, the module's init.
 * Return: 0, -EINVAL where a function has no name or no body, -E2BIG where there
 * are too many to be told of in one message, or -ENOMEM.
 */
int lph_patch_register(const struct lph_patch *patch)
{
	struct lph_loaded_patch *loaded;

	if (!well_formed(patch)) {
		pr_err("%s: each object of a patch needs functions, each of them a name and a body\n",
		       patch->mod ? patch->mod->name : "a patch");
		return -EINVAL;
	}
	if (!lph_news()->patch_fits(patch)) {
		pr_err("%s: too many functions for one patch: make it two\n", patch->mod->name);
		return -E2BIG;
	}
	loaded = kzalloc(sizeof(*loaded), GFP_KERNEL);
	if (!loaded)
		return -ENOMEM;
	loaded->patch = patch;
	INIT_LIST_HEAD(&loaded->redirects);
	mutex_lock(&lph_lock);
	loaded->id = ++last_id;
	list_add_tail(&loaded->node, &lph_patches);
	lph_news()->patch(loaded, LPH_PATCH_LOADED);
	mutex_unlock(&lph_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(lph_patch_register);

/**
 * lph_patch_unregister() - forget a patch
 * @patch: as it was registered; not applied, since that pins its module
 *
 * Context: process, the module's exit.
 */
void lph_patch_unregister(const struct lph_patch *patch)
{
	struct lph_loaded_patch *loaded;

	mutex_lock(&lph_lock);
	loaded = lph_patch_by_name(patch->mod->name);
	if (!WARN_ON_ONCE(!loaded || loaded->state != LPH_PATCH_LOADED)) {
		lph_news()->patch(loaded, LPH_PATCH_GONE);
		list_del(&loaded->node);
		kfree(loaded);
	}
	mutex_unlock(&lph_lock);
}
EXPORT_SYMBOL_GPL(lph_patch_unregister);

/* ---------------------------------------------------------------- redirects */

static void drop_redirect(struct lph_redirect *redirect)
{
	list_del(&redirect->in_function);
	list_del(&redirect->in_patch);
	kfree(redirect);
}

static int add_redirect(struct lph_loaded_patch *patch, const struct lph_patch_func *func,
			const char *module, bool coming, struct lph_error *error)
{
	struct lph_symbol symbol = {
		.name = (char *)func->old_name,
		.sympos = func->old_sympos,
	};
	struct lph_redirect *redirect;
	struct lph_function *fn;

	strscpy(symbol.module, module, sizeof(symbol.module));
	fn = lph_function_get(&symbol, coming, error);
	if (IS_ERR(fn))
		return PTR_ERR(fn);
	list_for_each_entry(redirect, &fn->redirects, in_function)
		if (redirect->patch == patch)
			return lph_error(error, -EINVAL, "%s has two bodies for %s",
					 lph_patch_name(patch), func->old_name);
	redirect = kzalloc(sizeof(*redirect), GFP_KERNEL);
	if (!redirect) {
		lph_function_put(fn);
		return lph_error(error, -ENOMEM, "out of memory");
	}
	redirect->patch = patch;
	redirect->fn = fn;
	redirect->body = (unsigned long)func->new_func;
	list_add_tail(&redirect->in_function, &fn->redirects);
	list_add_tail(&redirect->in_patch, &patch->redirects);
	return 0;
}

static const char *object_name(const struct lph_patch_object *obj)
{
	return obj->name ?: LPH_VMLINUX;
}

/**
 * lph_patch_add_object() - add the redirects of one object to a patch
 * @patch: the patch
 * @module: the object, which is loaded
 * @coming: it is a module whose notifiers run, on its way in
 * @error: filled on failure
 *
 * Context: lph_lock.
 * Return: 0, or an error of lph_function_get(); what was added stays.
 */
int lph_patch_add_object(struct lph_loaded_patch *patch, const char *module, bool coming,
			 struct lph_error *error)
{
	const struct lph_patch_object *obj;
	const struct lph_patch_func *func;
	int r;

	lockdep_assert_held(&lph_lock);
	for (obj = patch->patch->objs; obj->funcs; obj++) {
		if (strcmp(object_name(obj), module))
			continue;
		for (func = obj->funcs; func->old_name; func++) {
			r = add_redirect(patch, func, module, coming, error);
			if (r)
				return r;
		}
	}
	return 0;
}

static int add_objects(struct lph_loaded_patch *patch, struct lph_error *error)
{
	const struct lph_patch_object *obj;
	int r;

	for (obj = patch->patch->objs; obj->funcs; obj++) {
		r = lph_symbol_object(object_name(obj));
		if (r < 0)
			return lph_error(error, r,
					 "module %s is being loaded or unloaded: try again",
					 obj->name);
		if (!r)
			continue;
		r = lph_patch_add_object(patch, object_name(obj), false, error);
		if (r)
			return r;
	}
	return 0;
}

static bool names_object(const struct lph_loaded_patch *patch, const char *module)
{
	const struct lph_patch_object *obj;

	for (obj = patch->patch->objs; obj->funcs; obj++)
		if (!strcmp(object_name(obj), module))
			return true;
	return false;
}

/**
 * lph_patch_names_object() - is a patch in use that has functions of this object?
 * @module: the object
 *
 * Context: lph_lock.
 */
bool lph_patch_names_object(const char *module)
{
	const struct lph_loaded_patch *patch;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node)
		if (patch->state != LPH_PATCH_LOADED && names_object(patch, module))
			return true;
	return false;
}

static void drop_redirects(struct lph_loaded_patch *patch)
{
	struct lph_redirect *redirect, *next;
	struct lph_function *fn;

	list_for_each_entry_safe(redirect, next, &patch->redirects, in_patch) {
		fn = redirect->fn;
		drop_redirect(redirect);
		lph_function_settle(fn);
	}
}

/**
 * lph_patch_use() - pin a patch's module, and give its functions their redirects
 * @patch: LPH_PATCH_LOADED
 * @error: filled on failure
 *
 * Context: lph_lock; lph_patch_unuse() undoes it.
 * Return: 0, -ENODEV where the module leaves, or an error of lph_function_get().
 */
int lph_patch_use(struct lph_loaded_patch *patch, struct lph_error *error)
{
	int r;

	lockdep_assert_held(&lph_lock);
	if (!try_module_get(patch->patch->mod))
		return lph_error(error, -ENODEV, "%s is being unloaded", lph_patch_name(patch));
	r = add_objects(patch, error);
	if (r)
		lph_patch_unuse(patch);
	return r;
}

void lph_patch_unuse(struct lph_loaded_patch *patch)
{
	lockdep_assert_held(&lph_lock);
	drop_redirects(patch);
	module_put(patch->patch->mod);
}

/**
 * lph_patch_leave_module() - drop the redirects of functions of a module that leaves
 * @module: its name
 *
 * Context: transition queue, lph_lock.
 */
void lph_patch_leave_module(const char *module)
{
	struct lph_redirect *redirect, *next;
	struct lph_loaded_patch *patch;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node)
		list_for_each_entry_safe(redirect, next, &patch->redirects, in_patch)
			if (!strcmp(redirect->fn->symbol.module, module))
				drop_redirect(redirect);
}

/* -------------------------------------------------------------------- order */

static bool named(const struct lph_order *order, const char *name)
{
	unsigned int i;

	for (i = 0; i < order->n; i++)
		if (!strcmp(order->names[i], name))
			return true;
	return false;
}

/**
 * lph_patch_check_order() - does an order name each applied patch once?
 * @order: the order
 * @adding: a patch that is about to be applied, or NULL
 * @error: filled on failure
 *
 * Context: lph_lock.
 * Return: 0 or -EINVAL.
 */
int lph_patch_check_order(const struct lph_order *order, const struct lph_loaded_patch *adding,
			  struct lph_error *error)
{
	const struct lph_loaded_patch *patch;
	unsigned int n = 0;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node) {
		if (patch->state == LPH_PATCH_LOADED && patch != adding)
			continue;
		n++;
		if (!named(order, lph_patch_name(patch)))
			return lph_error(error, -EINVAL,
					 "the order does not name %s: name all patches that are applied, from bottom to top",
					 lph_patch_name(patch));
	}
	if (n != order->n)
		return lph_error(error, -EINVAL,
				 "the order names %u patches, %u are applied: name each once",
				 order->n, n);
	return 0;
}

/**
 * lph_patch_stack() - stack the patches as a transition wants them
 * @patch: one that comes or goes, or NULL
 * @wanted: it comes
 * @order: of all, or NULL: @patch comes on top, the others stay as they are
 *
 * Context: transition queue, lph_lock; lph_patch_unstack() undoes it.
 */
void lph_patch_stack(struct lph_loaded_patch *patch, bool wanted, const struct lph_order *order)
{
	struct lph_loaded_patch *other;
	unsigned int i, top = 0;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(other, &lph_patches, node) {
		other->was_wanted = other->wanted;
		other->was_rank = other->rank;
		top = max(top, other->rank);
	}
	if (patch) {
		patch->wanted = wanted;
		if (wanted)
			patch->rank = top + 1;
	}
	if (!order)
		return;
	for (i = 0; i < order->n; i++) {
		other = lph_patch_by_name(order->names[i]);
		if (other)
			other->rank = i + 1;
	}
}

void lph_patch_unstack(void)
{
	struct lph_loaded_patch *patch;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node) {
		patch->wanted = patch->was_wanted;
		patch->rank = patch->was_rank;
	}
}

/**
 * lph_patch_winner() - whose body do calls of a function run?
 * @fn: the function
 * @before: the running transition, not once it has settled
 *
 * Context: lph_lock.
 * Return: the redirect, or NULL for the original.
 */
struct lph_redirect *lph_patch_winner(const struct lph_function *fn, bool before)
{
	struct lph_redirect *redirect, *winner = NULL;
	unsigned int rank, highest = 0;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(redirect, &fn->redirects, in_function) {
		const struct lph_loaded_patch *patch = redirect->patch;

		if (!(before ? patch->was_wanted : patch->wanted))
			continue;
		rank = before ? patch->was_rank : patch->rank;
		if (rank < highest)
			continue;
		highest = rank;
		winner = redirect;
	}
	return winner;
}
