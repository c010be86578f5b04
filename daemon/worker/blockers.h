/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BLOCKERS_H
#define LIVEPATCHD_BLOCKERS_H

#include <json-c/json.h>

#include "model/failure.h"
#include "model/patch.h"
#include "wire/codec.h"

/*
 * The threads that the kernel's livepatch transition waits for. The kernel tells
 * who they are; the helper, where it is there, what is on their stacks.
 */

/**
 * blockers_of_klp - who they are
 * @argument: a struct kernel_request: root and whether tasks move to the patch, as enable
 * @result: gets "blockers", an array of {pid, tid, comm, reason, unit, kernel_thread, state}
 * @failure: is not used
 *
 * For operation_start(): a machine may have a million threads.
 */
int blockers_of_klp(const void *argument, struct json_object *result, struct failure *failure);

/**
 * struct blockers_look - what the helper is asked about them
 * @patches: all there are
 * @patch: the one that is in transition
 * @patching: tasks move to it
 * @blockers: of blockers_of_klp()
 * @next: the index of the one that the next answer is about, or one behind it
 */
struct blockers_look {
	const struct patches *patches;
	const char *patch;
	bool patching;
	struct json_object *blockers;
	size_t next;
};

/**
 * blockers_encode_look - the attributes of LPH_CMD_GET_STACK
 * @message: where to
 * @argument: a struct blockers_look
 *
 * Return: 0, -ENODATA: there is no function to look for, or negative.
 */
int blockers_encode_look(struct nl_msg *message, const void *argument);

/** blockers_seen - what the helper says of one of them: changes its reason, and adds "function" */
void blockers_seen(struct blockers_look *look, struct codec_blocker *seen);

/** blocker_name_function - from the kernel's "symbol [module]" to "module:symbol" */
void blocker_name_function(struct codec_blocker *blocker);

#endif
