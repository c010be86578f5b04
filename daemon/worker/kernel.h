/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KERNEL_H
#define LIVEPATCHD_KERNEL_H

#include <json-c/json.h>

#include "kernel/klp.h"
#include "kernel/module-file.h"
#include "model/patch.h"

/*
 * What changes the kernel's modules and livepatches, and what looks at modules'
 * files. All of it may block: it runs in operations.
 */

/**
 * struct kernel_request - what one operation is to do
 * @root: the kernel's files
 * @name: the module's name
 * @file: its file, or its name as the user gave it
 * @sha256: the file has to be this one
 * @enable: what to write to "enabled"
 * @trial: the next boot will load it: it is on trial from now on
 * @retry: even if it is in quarantine
 * @state: folder of what outlives the boot; installed patches are below it
 * @confs: folder of the patches' drop-ins
 * @patches: all there are, to tell in whose way it is; NULL: that is not known
 */
struct kernel_request {
	struct klp_root root;
	const char *name;
	const char *file;
	const char *sha256;
	bool enable;
	bool trial;
	bool retry;
	const char *state;
	const char *confs;
	const struct patches *patches;
};

/**
 * struct kernel_ops - the operations, each an operation_work_t
 * @inspect: look at the file @file, see survey.h
 * @check: look at what speaks for and against @file, see check.h
 * @verify: see whether the livepatch @name patches what it has to, see check.h
 * @survey: look at all installed patches, see survey.h
 * @survey_unload: look at what an unload of @name has to mind, see survey.h
 * @install: copy @file, if it still is the one of @sha256, to the installed patches, as @name
 * @uninstall: remove @name from the installed patches, if it is there
 * @insert: load @file if it still is the one of @sha256
 * @remove: unload the module @name; -EAGAIN while somebody holds it, 0 if it is gone
 * @enable: write "enabled" of the livepatch @name
 * @force: write "force" of the livepatch @name
 * @probe: load the installed module @name with what it needs
 */
struct kernel_ops {
	int (*inspect)(const void *request, struct json_object *result, struct failure *failure);
	int (*check)(const void *request, struct json_object *result, struct failure *failure);
	int (*verify)(const void *request, struct json_object *result, struct failure *failure);
	int (*survey)(const void *request, struct json_object *result, struct failure *failure);
	int (*survey_unload)(const void *request, struct json_object *result, struct failure *failure);
	int (*install)(const void *request, struct json_object *result, struct failure *failure);
	int (*uninstall)(const void *request, struct json_object *result, struct failure *failure);
	int (*insert)(const void *request, struct json_object *result, struct failure *failure);
	int (*remove)(const void *request, struct json_object *result, struct failure *failure);
	int (*enable)(const void *request, struct json_object *result, struct failure *failure);
	int (*force)(const void *request, struct json_object *result, struct failure *failure);
	int (*probe)(const void *request, struct json_object *result, struct failure *failure);
};

/** kernel_ops_native - the running kernel's */
extern const struct kernel_ops kernel_ops_native;

/**
 * kernel_same_module - whether a file's module is the one that is loaded
 * @root: the kernel's files
 * @name: the loaded module
 * @build_id: of the file, "": it has none
 * @srcversion: likewise
 *
 * Return: 1 it is, 0 it is not, -ENODATA if nothing tells, negative errno.
 */
int kernel_same_module(const struct klp_root *root, const char *name, const char *build_id,
		       const char *srcversion);

#endif
