/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHECK_H
#define LIVEPATCHD_CHECK_H

#include "kernel/module-file.h"
#include "model/patch-conf.h"
#include "worker/kernel-request.h"

/*
 * What can be said about a patch before the kernel has it, and what is to be
 * seen when it has. All of it runs in children.
 *
 * A finding is {severity, check, function, message}. Severities: "error": it
 * must not be loaded, or the kernel would refuse it; "warning": somebody should
 * know better; "info". Function is "" where it is about none.
 */

/**
 * check_file - what there is to be said about a file
 * @request: the kernel's files, and the patches there are
 * @file: the patch
 * @confs: the drop-ins
 * @result: gets findings, an array; replace, see klp-patch.h; and replaces, names of the patches that surely go
 * @failure: the first error; may be NULL
 *
 * Return: 0, -EBADE if there is an error, negative errno.
 */
int check_file(const struct kernel_request *request, const struct module_file *file, const struct patch_confs *confs,
	       struct json_object *result, struct failure *failure);

/* Operations of struct kernel_ops. */

/** check_patch - Result: name, file, sha256, and that of check_file() */
int check_patch(const void *request, struct json_object *result, struct failure *failure);

/**
 * check_verify - fails if the kernel does not show every function of a livepatch as redirected
 *
 * Result: replace, whether it replaced those before it, as far as that was to be
 * seen. It and the functions are remembered of the file, see patch-file.h.
 */
int check_verify(const void *request, struct json_object *result, struct failure *failure);

#endif
