/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PLAN_H
#define LIVEPATCHD_PLAN_H

#include "model/patch-set.h"
#include "model/patch.h"

/*
 * What loading all installed patches comes to: which are loaded, in which
 * order, and which body every function has in the end.
 */

/**
 * enum plan_action - what becomes of a patch
 * @PLAN_KEEP: it is loaded and stays
 * @PLAN_LOAD: it is to be loaded
 * @PLAN_DROP: a patch that replaces all before it makes it superfluous
 * @PLAN_OFF: it has Enabled=no
 * @PLAN_HELD: it is in quarantine, or requires one that is, or would come above one that is loaded and comes
 *	later in the set
 */
enum plan_action {
	PLAN_KEEP,
	PLAN_LOAD,
	PLAN_DROP,
	PLAN_OFF,
	PLAN_HELD,
	_PLAN_ACTION_MAX,
};

/**
 * struct plan_entry - one patch
 * @name: not owned, as all else but @note
 * @action: what becomes of it
 * @note: what is remarkable about that; owned, NULL: nothing
 * @member: as it is installed, NULL: it is not
 * @helper: it is the helper's: the kernel's livepatches neither replace it nor stand above it
 * @known: which functions it patches is known
 * @functions: what it patches; none where nothing tells
 * @replace: whether it replaces all before it
 */
struct plan_entry {
	const char *name;
	enum plan_action action;
	char *note;
	const struct patch_member *member;
	bool helper;
	bool known;
	const struct klp_function *functions;
	size_t n_functions;
	enum klp_replace replace;
};

/**
 * struct plan - in the order in which the patches are in the kernel in the end
 */
struct plan {
	struct plan_entry *entries;
	size_t n;
};

/**
 * plan_make - find out what loading all comes to
 * @set: the installed patches, sorted; has to outlive @ret
 * @snapshot: the kernel's; likewise
 * @patches: all there are, for those of the helper, and where the others are from; likewise; NULL: not known
 * @ret: what it comes to
 */
int plan_make(const struct patch_set *set, const struct klp_snapshot *snapshot, const struct patches *patches,
	      struct plan *ret);

void plan_clear(struct plan *plan);

const char *plan_action_name(enum plan_action action);

/** plan_applies - the patch is in the kernel in the end */
bool plan_applies(const struct plan_entry *entry);

#endif
