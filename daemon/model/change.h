/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGE_H
#define LIVEPATCHD_CHANGE_H

#include <stdbool.h>

/*
 * How a patch gets into the kernel and out of it: the next step follows from
 * what is wanted and from what the kernel shows, never from a memory of the
 * steps before. So a daemon that was killed goes on where the kernel is. Which
 * it is, each backend's table tells: klp-change.h, helper-change.h.
 */

/**
 * struct change - a patch on its way in or out
 * @unload: out
 * @foreign: begun by somebody else: followed, not driven
 * @acted: the kernel, or the helper, has been asked: if it is undone now, somebody
 *	undid it
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
 * @CHANGE_WAIT: nothing: the kernel, or the helper, is at it
 * @CHANGE_INSERT: give the module to the kernel
 * @CHANGE_REMOVE: take the module out of it
 * @CHANGE_ENABLE: turn the unload of a livepatch back
 * @CHANGE_DISABLE: begin the unload of a livepatch, or turn its load back
 * @CHANGE_REQUEST: ask the helper for the transition
 * @CHANGE_CANCEL: ask it to turn the transition back
 * @CHANGE_DONE: it is as was wanted
 * @CHANGE_REVERSED: it is as it was before
 * @CHANGE_RECORD: see whom a transition leaves behind that is about to be forced;
 *	this and those that come next follow from what was asked for, not from where the
 *	kernel is
 * @CHANGE_FORCE: end a transition that took too long
 * @CHANGE_VERIFY: see whether the kernel really patches what it has to
 * @CHANGE_FIND_HOLDERS: see who holds functions that the helper was refused
 * @CHANGE_INSTALL: have it loaded at the next boot, too
 * @CHANGE_UNINSTALL: no more
 */
enum change_step {
	CHANGE_WAIT,
	CHANGE_INSERT,
	CHANGE_REMOVE,
	CHANGE_ENABLE,
	CHANGE_DISABLE,
	CHANGE_REQUEST,
	CHANGE_CANCEL,
	CHANGE_DONE,
	CHANGE_REVERSED,
	CHANGE_RECORD,
	CHANGE_FORCE,
	CHANGE_VERIFY,
	CHANGE_FIND_HOLDERS,
	CHANGE_INSTALL,
	CHANGE_UNINSTALL,
};

#endif
