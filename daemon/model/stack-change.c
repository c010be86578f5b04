// SPDX-License-Identifier: GPL-2.0-only
#include "model/stack-change.h"

static bool is_moving(const struct stack_seen *seen)
{
	return seen->pending ||
	       (seen->registered && (seen->state == PATCH_PATCHING || seen->state == PATCH_UNPATCHING));
}

/* Only a transition of ours is turned back. */
static enum stack_step moving(const struct change *change, const struct stack_seen *seen)
{
	return change->reversing && change->acted && seen->pending ? STACK_CANCEL : STACK_WAIT;
}

static bool module_moves(const struct stack_seen *seen)
{
	return seen->module == KLP_MODULE_LOADING || seen->module == KLP_MODULE_UNLOADING;
}

enum stack_step stack_next_load(const struct change *change, bool brings_module, const struct stack_seen *seen)
{
	if (module_moves(seen))
		return STACK_WAIT;
	if (is_moving(seen))
		return moving(change, seen);
	/* A load that is to be turned back came too late for it. */
	if (seen->registered && seen->state == PATCH_PATCHED)
		return STACK_DONE;
	if (!change->acted && !change->reversing)
		return seen->module == KLP_MODULE_ABSENT ? STACK_INSERT : STACK_REQUEST;
	return seen->module == KLP_MODULE_LIVE && brings_module ? STACK_REMOVE : STACK_UNDONE;
}

enum stack_step stack_next_unload(const struct change *change, const struct stack_seen *seen)
{
	if (module_moves(seen))
		return STACK_WAIT;
	if (is_moving(seen))
		return moving(change, seen);
	if (seen->registered && seen->state == PATCH_PATCHED)
		return change->acted || change->reversing ? STACK_UNDONE : STACK_REQUEST;
	if (seen->module == KLP_MODULE_ABSENT)
		return STACK_DONE;
	/* It was loaded, but not applied, and may stay so. */
	return change->reversing && !change->acted ? STACK_UNDONE : STACK_REMOVE;
}

enum stack_step stack_next_order(const struct change *change, const struct stack_seen *seen)
{
	if (is_moving(seen))
		return moving(change, seen);
	if (seen->in_order)
		return STACK_DONE;
	return change->acted || change->reversing ? STACK_UNDONE : STACK_REQUEST;
}
