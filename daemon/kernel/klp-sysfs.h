/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_SYSFS_H
#define LIVEPATCHD_KLP_SYSFS_H

#include "model/klp-patch.h"

/*
 * What the kernel says of its livepatches. Attributes that came and go with
 * kernels (stack_order, patched) are read where they are and missed nowhere.
 */

/**
 * struct klp_root - where the kernel's files are
 * @sys: /sys
 * @proc: /proc
 */
struct klp_root {
	const char *sys;
	const char *proc;
};

/** klp_read_status - where the livepatch @name stands */
int klp_read_status(const struct klp_root *root, const char *name, struct klp_status *ret);

/**
 * klp_transition_of_other - whether some other livepatch is in transition
 * @root: where
 * @name: not this one, NULL: any counts
 * @ret_other: its name, to be freed; NULL: there is none; may be NULL
 *
 * Return: 1 there is, 0 there is not, negative errno.
 */
int klp_transition_of_other(const struct klp_root *root, const char *name, char **ret_other);

/** klp_read_snapshot - read all livepatches there are, disabled ones too */
int klp_read_snapshot(const struct klp_root *root, struct klp_snapshot *ret);

/**
 * klp_parse_modules_line - one line of /proc/modules
 * @line: changed
 * @ret_name: points into @line
 * @ret_module: the module's state
 *
 * Return: 1 a livepatch's, 0 another module's, -EBADMSG.
 */
int klp_parse_modules_line(char *line, const char **ret_name, enum klp_module *ret_module);

#endif
