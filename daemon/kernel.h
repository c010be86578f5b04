/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KERNEL_H
#define LIVEPATCHD_KERNEL_H

#include <json-c/json.h>

#include "klp.h"
#include "module-file.h"

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
 */
struct kernel_request {
	struct klp_root root;
	const char *name;
	const char *file;
	const char *sha256;
	bool enable;
};

/**
 * struct kernel_ops - the operations, each an operation_work_t
 * @inspect: look at the file @file. Result: name, file, sha256, build_id, srcversion
 * @insert: load @file if it still is the one of @sha256
 * @remove: unload the module @name; -EAGAIN while somebody holds it, 0 if it is gone
 * @enable: write "enabled" of the livepatch @name
 * @probe: load the installed module @name with what it needs
 */
struct kernel_ops {
	int (*inspect)(const void *request, struct json_object *result, struct failure *failure);
	int (*insert)(const void *request, struct json_object *result, struct failure *failure);
	int (*remove)(const void *request, struct json_object *result, struct failure *failure);
	int (*enable)(const void *request, struct json_object *result, struct failure *failure);
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
