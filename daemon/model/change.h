/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGE_H
#define LIVEPATCHD_CHANGE_H

#include <stdbool.h>

#include "model/klp-patch.h"

/*
 * How a livepatch gets into the kernel and out of it: the next step follows
 * from what is wanted and from what the kernel shows, never from a memory of
 * the steps before. So a daemon that was killed goes on where the kernel is.
 */

/**
 * struct change - a livepatch on its way in or out
 * @unload: out
 * @foreign: begun by somebody else: followed, not driven
 * @acted: the module was given to the kernel, or the patch was disabled: if it
 *	is undone now, somebody undid it
 * @reversing: it is to be turned back
 */
struct change {
	bool unload;
	bool foreign;
	bool acted;
	bool reversing;
};

/**
 * enum change_step - what is to be done next
 * @CHANGE_WAIT: nothing: the kernel is at it
 * @CHANGE_INSERT: give the module to the kernel
 * @CHANGE_REMOVE: take the module out of it
 * @CHANGE_ENABLE: turn an unload back
 * @CHANGE_DISABLE: begin an unload, or turn a load back
 * @CHANGE_DONE: it is as was wanted
 * @CHANGE_REVERSED: it is as it was before
 * @CHANGE_RECORD: see whom a transition leaves behind that is about to be forced;
 *	this and those that come next
 *	follow from what was asked for, not from where the kernel is
 * @CHANGE_FORCE: end a transition that took too long
 * @CHANGE_VERIFY: see whether the kernel really patches what it has to
 * @CHANGE_INSTALL: have it loaded at the next boot, too
 * @CHANGE_UNINSTALL: no more
 */
enum change_step {
	CHANGE_WAIT,
	CHANGE_INSERT,
	CHANGE_REMOVE,
	CHANGE_ENABLE,
	CHANGE_DISABLE,
	CHANGE_DONE,
	CHANGE_REVERSED,
	CHANGE_RECORD,
	CHANGE_FORCE,
	CHANGE_VERIFY,
	CHANGE_INSTALL,
	CHANGE_UNINSTALL,
};

/**
 * change_next - the next step of a change
 * @change: what is wanted
 * @seen: what the kernel shows
 */
enum change_step change_next(const struct change *change, const struct klp_status *seen);

#endif
