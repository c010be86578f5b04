/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_H
#define LIVEPATCHD_KLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/util.h"

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

enum klp_module {
	KLP_MODULE_ABSENT,
	KLP_MODULE_LOADING,
	KLP_MODULE_LIVE,
	KLP_MODULE_UNLOADING,
};

/**
 * struct klp_status - where one livepatch stands
 * @module: its module
 * @registered: the kernel has it among its livepatches; not so before it is
 *	enabled, and no more once its disabling has settled
 * @enabled: it is, or is to be, applied
 * @transition: tasks are moving to or from it
 */
struct klp_status {
	enum klp_module module;
	bool registered;
	bool enabled;
	bool transition;
};

/**
 * struct klp_function - one function that a livepatch replaces
 * @symbol: owned
 * @module: owned, "vmlinux" for the kernel itself
 * @sympos: which of several of that name, 0: it is unique
 * @patched: its object is loaded and the function redirected
 * @body: the symbol of what replaces it, as far as the patch's file tells; owned, NULL: not known
 */
struct klp_function {
	char *symbol;
	char *module;
	uint32_t sympos;
	bool patched;
	char *body;
};

/**
 * struct klp_patch - one livepatch
 * @name: its module's name, owned
 * @status: where it stands
 * @stack_order: as the kernel counts, 0: it does not tell
 * @position: its module's, in order of loading
 * @functions: sorted by module, symbol and sympos; owned
 */
struct klp_patch {
	char *name;
	struct klp_status status;
	unsigned int stack_order;
	unsigned int position;
	struct klp_function *functions;
	size_t n_functions;
};

/**
 * struct klp_snapshot - all livepatches, in order of loading
 */
struct klp_snapshot {
	struct klp_patch *patches;
	size_t n_patches;
};

/**
 * klp_normalize_name - a module's name as the kernel writes it
 * @name: '-' becomes '_'
 *
 * Return: 0, -EINVAL if it can be no module's name.
 */
int klp_normalize_name(char *name);

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

/** klp_snapshot_clear - free what a snapshot owns */
void klp_snapshot_clear(struct klp_snapshot *snapshot);

/**
 * klp_sort - bring patches into the order in which they were loaded
 * @patches: their module positions and, where the kernel tells, stack orders
 * @n: how many
 *
 * Positions decide; those that have a stack order share out the places that
 * they hold by it.
 */
void klp_sort(struct klp_patch *patches, size_t n);

/**
 * klp_parse_modules_line - one line of /proc/modules
 * @line: changed
 * @ret_name: points into @line
 * @ret_module: the module's state
 *
 * Return: 1 a livepatch's, 0 another module's, -EBADMSG.
 */
int klp_parse_modules_line(char *line, const char **ret_name, enum klp_module *ret_module);

/** klp_compare_functions - by module, symbol and sympos, for qsort(); 0: the same function */
int klp_compare_functions(const void *a, const void *b);

/** klp_functions_free - free an array of functions */
void klp_functions_free(struct klp_function *functions, size_t n);

#endif
