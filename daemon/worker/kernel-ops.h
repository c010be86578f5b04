/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KERNEL_OPS_H
#define LIVEPATCHD_KERNEL_OPS_H

#include "worker/kernel-request.h"

/*
 * What changes the kernel's modules and livepatches, and what looks at modules'
 * files. All of it may block: it runs in operations.
 */

/**
 * struct kernel_ops - the operations, each an operation_work_t
 * @inspect: look at the file @file, see inspect.h
 * @check: look at what speaks for and against @file, see check.h
 * @verify: see whether the livepatch @name patches what it has to, see check.h
 * @inspect_set: look at all installed patches, see inspect.h
 * @inspect_unload: look at what an unload of @name has to mind, see inspect.h
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
	int (*inspect_set)(const void *request, struct json_object *result, struct failure *failure);
	int (*inspect_unload)(const void *request, struct json_object *result, struct failure *failure);
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

#endif
