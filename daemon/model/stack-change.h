/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_STACK_CHANGE_H
#define LIVEPATCHD_STACK_CHANGE_H

#include "model/change.h"
#include "model/patch.h"

/*
 * change.h for patches of the helper: a module that is inserted changes
 * nothing yet; it is applied by a transition of the helper, undone by another,
 * and can be removed then. Stacking the applied ones anew is one, too.
 */

/**
 * struct stack_seen - where the patches of a change stand
 * @module: the patch's module
 * @registered: the helper knows the patch
 * @state: what the helper says of it
 * @in_order: the applied patches are stacked as was wanted
 * @pending: the helper's transition of this change has not settled
 */
struct stack_seen {
	enum klp_module module;
	bool registered;
	enum patch_state state;
	bool in_order;
	bool pending;
};

/**
 * enum stack_step - what is to be done next
 * @STACK_WAIT: nothing: the helper is at it
 * @STACK_INSERT: give the module to the kernel
 * @STACK_REQUEST: ask the helper for the transition
 * @STACK_CANCEL: ask it to turn the transition back
 * @STACK_REMOVE: take the module out of the kernel
 * @STACK_DONE: it is as was wanted
 * @STACK_UNDONE: it is as it was before
 * @STACK_INSTALL: have it loaded at the next boot, too; this and the next one
 *	follow from what was asked for, not from where the helper is
 * @STACK_UNINSTALL: no more
 * @STACK_BLAME: find out who holds its functions, where the helper was refused them
 */
enum stack_step {
	STACK_WAIT,
	STACK_INSERT,
	STACK_REQUEST,
	STACK_CANCEL,
	STACK_REMOVE,
	STACK_DONE,
	STACK_UNDONE,
	STACK_INSTALL,
	STACK_UNINSTALL,
	STACK_BLAME,
};

/**
 * stack_next_load - the next step of a load
 * @change: acted says that the helper has been asked
 * @brings_module: the module was not there before
 * @seen: what the helper and the kernel show
 */
enum stack_step stack_next_load(const struct change *change, bool brings_module, const struct stack_seen *seen);

/** stack_next_unload - the next step of an unload */
enum stack_step stack_next_unload(const struct change *change, const struct stack_seen *seen);

/** stack_next_order - the next step of stacking the applied patches anew */
enum stack_step stack_next_order(const struct change *change, const struct stack_seen *seen);

#endif
