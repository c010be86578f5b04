/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_CHANGE_H
#define LIVEPATCHD_HELPER_CHANGE_H

#include "model/change.h"
#include "model/patch.h"

/*
 * Of patches of the helper: a module that is inserted changes nothing yet; it is
 * applied by a transition of the helper, undone by another, and can be removed
 * then. Stacking the applied ones anew is one, too.
 */

/**
 * struct helper_seen - where the patches of a change stand
 * @module: the patch's module
 * @registered: the helper knows the patch
 * @state: what the helper says of it
 * @in_order: the applied patches are stacked as was wanted
 * @pending: the helper's transition of this change has not settled
 */
struct helper_seen {
	enum klp_module module;
	bool registered;
	enum patch_state state;
	bool in_order;
	bool pending;
};

/**
 * helper_change_next_load - the next step of a load
 * @change: acted says that the helper has been asked
 * @brings_module: the module was not there before
 * @seen: what the helper and the kernel show
 */
enum change_step helper_change_next_load(const struct change *change, bool brings_module,
					 const struct helper_seen *seen);

/** helper_change_next_unload - the next step of an unload */
enum change_step helper_change_next_unload(const struct change *change, const struct helper_seen *seen);

/** helper_change_next_order - the next step of stacking the applied patches anew */
enum change_step helper_change_next_order(const struct change *change, const struct helper_seen *seen);

#endif
