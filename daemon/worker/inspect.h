/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_INSPECT_H
#define LIVEPATCHD_INSPECT_H

#include "worker/kernel-request.h"

/*
 * What has to be known before a patch is loaded or unloaded: files, drop-ins,
 * and how they fit together. Operations of struct kernel_ops.
 */

/**
 * inspect_patch - look at one patch
 *
 * Fails where check_file() finds an error.
 * Result: that of check_file(); name, backend, file, sha256, build_id, srcversion; timeout_usec
 * and on_timeout if its drop-in has them; requires and conflicts, names from all drop-ins.
 */
int inspect_patch(const void *request, struct json_object *result, struct failure *failure);

/**
 * inspect_set - look at all installed patches, in their order
 *
 * Result: patches, an array of what inspect_patch() tells, with action, note,
 * replace and functions, see plan.h; what is not installed has fewer members.
 * functions, an array of {symbol, module, sympos, winner, patches}.
 */
int inspect_set(const void *request, struct json_object *result, struct failure *failure);

/** inspect_unload - Result: installed; required_by, names from all drop-ins */
int inspect_unload(const void *request, struct json_object *result, struct failure *failure);

#endif
