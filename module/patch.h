/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_PATCH_H
#define LPH_PATCH_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "error.h"

struct lph_function;

/**
 * struct lph_redirect - a function that a patch has a body for
 * @in_function: in lph_function.redirects
 * @in_patch: in lph_loaded_patch.redirects
 * @patch: the patch
 * @fn: the function
 * @body: address of the new body
 *
 * There from the request to apply the patch until it is not applied any more.
 * Protected by lph_lock.
 */
struct lph_redirect {
	struct list_head in_function;
	struct list_head in_patch;
	struct lph_loaded_patch *patch;
	struct lph_function *fn;
	unsigned long body;
};

/**
 * struct lph_loaded_patch - a patch whose module is loaded
 * @node: in lph_patches, by rising @id
 * @id: never reused
 * @patch: what its author declared
 * @state: see below
 * @wanted: calls are to run its bodies, where none above has one
 * @rank: its place in the stack; the highest is on top
 * @was_wanted: @wanted before the running transition
 * @was_rank: likewise
 * @redirects: struct lph_redirect, of the objects that are loaded
 *
 * State: LOADED from registration; PATCHING from the request to apply it, PATCHED
 * when that has settled, UNPATCHING from the request to remove it until LOADED
 * again. Where a transition fails or is reversed, back. In all states but
 * LOADED its module is pinned.
 *
 * Protected by lph_lock.
 */
struct lph_loaded_patch {
	struct list_head node;
	u32 id;
	const struct lph_patch *patch;
	enum lph_patch_state state;
	bool wanted;
	unsigned int rank;
	bool was_wanted;
	unsigned int was_rank;
	struct list_head redirects;
};

/**
 * struct lph_order - patches from bottom to top
 * @n: how many; 0: as it is
 * @names: of their modules
 */
struct lph_order {
	unsigned int n;
	char names[][LPH_MODULE_LEN];
};

extern struct list_head lph_patches;

struct lph_loaded_patch *lph_patch_by_name(const char *name);
const char *lph_patch_name(const struct lph_loaded_patch *patch);
unsigned int lph_patch_place(const struct lph_loaded_patch *patch);
int lph_patch_use(struct lph_loaded_patch *patch, struct lph_error *error);
void lph_patch_unuse(struct lph_loaded_patch *patch);
int lph_patch_add_object(struct lph_loaded_patch *patch, const char *module, bool coming,
			 struct lph_error *error);
bool lph_patch_names_object(const char *module);
void lph_patch_leave_module(const char *module);

int lph_patch_check_order(const struct lph_order *order, const struct lph_loaded_patch *adding,
			  struct lph_error *error);
void lph_patch_stack(struct lph_loaded_patch *patch, bool wanted, const struct lph_order *order);
void lph_patch_unstack(void);
struct lph_redirect *lph_patch_winner(const struct lph_function *fn, bool before);

#endif /* LPH_PATCH_H */
