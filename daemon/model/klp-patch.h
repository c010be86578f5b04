/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_PATCH_H
#define LIVEPATCHD_KLP_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/util.h"

/*
 * The kernel's livepatches, as the kernel shows them.
 */

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
 * enum klp_replace - whether a livepatch replaces all livepatches before it
 */
enum klp_replace {
	KLP_REPLACE_UNKNOWN,
	KLP_REPLACE_NO,
	KLP_REPLACE_YES,
	_KLP_REPLACE_MAX,
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
 * @replace: whether it replaced those before it, as far as the kernel tells
 * @functions: sorted by module, symbol and sympos; owned
 */
struct klp_patch {
	char *name;
	struct klp_status status;
	unsigned int stack_order;
	unsigned int position;
	enum klp_replace replace;
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

/** klp_replace_name - "yes", "no" or "unknown" */
const char *klp_replace_name(enum klp_replace replace);

/** klp_replace_from_name - -EINVAL: it is none of them */
int klp_replace_from_name(const char *name, enum klp_replace *ret);

/**
 * klp_compare_functions - by module, symbol and sympos, for qsort(); 0: the same function
 *
 * The first of its name is the same, whether the kernel says that it is or a
 * file that it is the only one.
 */
int klp_compare_functions(const void *a, const void *b);

/** klp_functions_free - free an array of functions */
void klp_functions_free(struct klp_function *functions, size_t n);

#endif
