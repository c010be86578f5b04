/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_LOADED_MODULE_H
#define LIVEPATCHD_LOADED_MODULE_H

#include "kernel/klp-sysfs.h"

/**
 * loaded_module_is - whether a file's module is the one that is loaded
 * @root: the kernel's files
 * @name: the loaded module
 * @build_id: of the file, "": it has none
 * @srcversion: likewise
 *
 * Return: 1 it is, 0 it is not, -ENODATA if nothing tells, negative errno.
 */
int loaded_module_is(const struct klp_root *root, const char *name, const char *build_id, const char *srcversion);

#endif
