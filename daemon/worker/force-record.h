/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FORCE_RECORD_H
#define LIVEPATCHD_FORCE_RECORD_H

#include <json-c/json.h>
#include <stdint.h>

#include "model/failure.h"

/*
 * A transition that is forced leaves tasks in the middle of what it changes. If
 * one of them brings the machine down later, the journal has where it was.
 */

/**
 * force_record_look - an operation_work_t on a struct kernel_request, as blockers_of_klp()
 *
 * Result: as of that, each with "stack": its kernel stack, "" where it cannot be read.
 */
int force_record_look(const void *request, struct json_object *result, struct failure *failure);

/**
 * force_record_tell - tell the journal whom a transition waited for that is about to be forced
 * @patch: whose transition it is
 * @transition: its id
 * @uid: who wants it forced
 * @result: what was seen; NULL: nobody could look
 */
void force_record_tell(const char *patch, uint64_t transition, uint32_t uid, struct json_object *result);

#endif
