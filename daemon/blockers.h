/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BLOCKERS_H
#define LIVEPATCHD_BLOCKERS_H

#include <json-c/json.h>

#include "failure.h"

/**
 * blockers_of_klp - the threads that the kernel's livepatch transition waits for
 * @argument: a struct kernel_request: root and whether tasks move to the patch, as enable
 * @result: gets "blockers", an array of {pid, tid, comm, reason}
 * @failure: is not used
 *
 * For operation_start(): a machine may have a million threads.
 */
int blockers_of_klp(const void *argument, struct json_object *result, struct failure *failure);

#endif
