/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_SURVEY_H
#define LIVEPATCHD_SURVEY_H

#include "kernel/klp-file.h"
#include "worker/kernel.h"

/*
 * What has to be known before a patch is loaded or unloaded: files, drop-ins,
 * and how they fit together. Operations of struct kernel_ops.
 */

/**
 * survey_open - open the file that a request names
 * @request: an absolute path, an installed patch's name, or an installed module's
 * @ret: the file
 * @failure: why not
 */
int survey_open(const struct kernel_request *request, struct module_file *ret, struct failure *failure);

/**
 * survey_layout - the running kernel's livepatch structures
 * @ret_btf: the kernel's BTF, to be freed; may be NULL
 * @ret: as it tells
 *
 * Return: false: it does not tell.
 */
bool survey_layout(struct btf **ret_btf, struct klp_layout *ret);

/**
 * survey_content - what a patch's file says it patches
 * @file: a livepatch's or the helper's
 * @layout: of livepatches, NULL: the kernel does not tell
 * @ret: not known where the file does not tell
 */
int survey_content(const struct module_file *file, const struct klp_layout *layout, struct klp_file *ret);

/**
 * survey_patch - look at one patch
 *
 * Fails where check_file() finds an error.
 * Result: name, backend, file, sha256, build_id, srcversion; timeout_usec and on_timeout
 * if its drop-in has them; requires and conflicts, names from all drop-ins.
 */
int survey_patch(const void *request, struct json_object *result, struct failure *failure);

/**
 * survey_set - look at all installed patches, in their order
 *
 * Result: patches, an array of what survey_patch() tells, with action, note,
 * replace and functions, see plan.h; what is not installed has fewer members.
 * functions, an array of {symbol, module, sympos, winner, patches}.
 */
int survey_set(const void *request, struct json_object *result, struct failure *failure);

/** survey_unload - Result: installed; required_by, names from all drop-ins */
int survey_unload(const void *request, struct json_object *result, struct failure *failure);

#endif
