/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_WITNESS_H
#define LIVEPATCHD_WITNESS_H

#include <json-c/json.h>

#include "engine/job.h"
#include "model/failure.h"

/*
 * A transition that is forced leaves tasks in the middle of what it changes. If
 * one of them brings the machine down later, the journal has where it was.
 */

/**
 * witness_look - an operation_work_t on a struct kernel_request, as blockers_of_klp()
 *
 * Result: as of that, each with "stack": its kernel stack, "" where it cannot be read.
 */
int witness_look(const void *request, struct json_object *result, struct failure *failure);

/** witness_tell - tell the journal whom the transition of @job waited for; @result: NULL: nobody could look */
void witness_tell(const struct job *job, struct json_object *result);

#endif
