/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_FILE_H
#define LIVEPATCHD_KLP_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/patch-content.h"

/*
 * What a kernel livepatch's file says it will patch, before the kernel has seen
 * it: its struct klp_patch and the objects and functions below it, as far as
 * they stand in its data, or the functions that kpatch-build has listed. What the
 * patch makes when it is loaded is not known.
 */

struct btf;

/**
 * struct klp_layout - where the kernel's livepatch structures have their members
 *
 * @enabled_by: the function that a module calls with its patch
 *
 * The others are sizes and offsets in bytes, as the running kernel's BTF tells. Those of the
 * helper's patches are alike: <linux/livepatch_helper.h> defines them.
 */
struct klp_layout {
	const char *enabled_by;
	size_t patch_mod;
	size_t patch_objs;
	size_t patch_replace;
	size_t object_size;
	size_t object_name;
	size_t object_funcs;
	size_t function_size;
	size_t function_old_name;
	size_t function_new_func;
	size_t function_sympos;
};

/* As patch_replace: its patches replace nothing. */
#define KLP_LAYOUT_NO_REPLACE SIZE_MAX

/** klp_layout_of_helper - where the structures of the helper's patches have their members */
extern const struct klp_layout klp_layout_of_helper;

/** klp_layout_from_btf - -ENOENT if @btf knows no livepatches */
int klp_layout_from_btf(const struct btf *btf, struct klp_layout *ret);

/**
 * klp_file_read - find out what a livepatch patches
 * @data: its file, not compressed; need not be a valid object
 * @size: of @data
 * @layout: the kernel's
 * @ret: what it patches, as far as its data says it for sure
 *
 * Return: 0, -EBADMSG if it is no relocatable object of this machine, -ENOMEM.
 */
int klp_file_read(const void *data, size_t size, const struct klp_layout *layout, struct patch_content *ret);

#endif
