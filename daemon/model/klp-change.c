// SPDX-License-Identifier: GPL-2.0-only
#include "model/klp-change.h"

/* Tasks are moving, to the patch if it is enabled, else away from it. */
static enum change_step in_transition(const struct change *change, const struct klp_status *seen)
{
	if (!change->reversing || seen->enabled == change->unload)
		return CHANGE_WAIT;
	return change->unload ? CHANGE_ENABLE : CHANGE_DISABLE;
}

static enum change_step applied(const struct change *change)
{
	/* A load that is to be turned back came too late for it. */
	if (!change->unload)
		return CHANGE_DONE;
	return change->acted || change->reversing ? CHANGE_REVERSED : CHANGE_DISABLE;
}

static enum change_step not_applied(const struct change *change, const struct klp_status *seen)
{
	/* What is left of an earlier patch of that name has to go first. */
	if (!change->unload && !change->acted && !change->reversing && !change->foreign) {
		if (seen->registered)
			return CHANGE_WAIT;
		return seen->module == KLP_MODULE_LIVE ? CHANGE_REMOVE : CHANGE_INSERT;
	}

	if (seen->module == KLP_MODULE_LIVE && !change->foreign)
		return CHANGE_REMOVE;
	return change->unload ? CHANGE_DONE : CHANGE_REVERSED;
}

enum change_step klp_change_next(const struct change *change, const struct klp_status *seen)
{
	if (seen->module == KLP_MODULE_LOADING || seen->module == KLP_MODULE_UNLOADING)
		return CHANGE_WAIT;
	if (seen->registered && seen->transition)
		return in_transition(change, seen);
	if (seen->registered && seen->enabled)
		return applied(change);
	return not_applied(change, seen);
}
