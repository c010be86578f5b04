// SPDX-License-Identifier: GPL-2.0-only
#include "model/helper-change.h"

static bool is_moving(const struct helper_seen *seen)
{
	return seen->pending ||
	       (seen->registered && (seen->state == PATCH_PATCHING || seen->state == PATCH_UNPATCHING));
}

/* Only a transition of ours is turned back. */
static enum change_step moving(const struct change *change, const struct helper_seen *seen)
{
	return change->reversing && change->acted && seen->pending ? CHANGE_CANCEL : CHANGE_WAIT;
}

static bool module_moves(const struct helper_seen *seen)
{
	return seen->module == KLP_MODULE_LOADING || seen->module == KLP_MODULE_UNLOADING;
}

enum change_step helper_change_next_load(const struct change *change, bool brings_module,
					 const struct helper_seen *seen)
{
	if (module_moves(seen))
		return CHANGE_WAIT;
	if (is_moving(seen))
		return moving(change, seen);
	/* A load that is to be turned back came too late for it. */
	if (seen->registered && seen->state == PATCH_PATCHED)
		return CHANGE_DONE;
	if (!change->acted && !change->reversing)
		return seen->module == KLP_MODULE_ABSENT ? CHANGE_INSERT : CHANGE_REQUEST;
	return seen->module == KLP_MODULE_LIVE && brings_module ? CHANGE_REMOVE : CHANGE_REVERSED;
}

enum change_step helper_change_next_unload(const struct change *change, const struct helper_seen *seen)
{
	if (module_moves(seen))
		return CHANGE_WAIT;
	if (is_moving(seen))
		return moving(change, seen);
	if (seen->registered && seen->state == PATCH_PATCHED)
		return change->acted || change->reversing ? CHANGE_REVERSED : CHANGE_REQUEST;
	if (seen->module == KLP_MODULE_ABSENT)
		return CHANGE_DONE;
	/* It was loaded, but not applied, and may stay so. */
	return change->reversing && !change->acted ? CHANGE_REVERSED : CHANGE_REMOVE;
}

enum change_step helper_change_next_order(const struct change *change, const struct helper_seen *seen)
{
	if (is_moving(seen))
		return moving(change, seen);
	if (seen->in_order)
		return CHANGE_DONE;
	return change->acted || change->reversing ? CHANGE_REVERSED : CHANGE_REQUEST;
}
