/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KALLSYMS_H
#define LIVEPATCHD_KALLSYMS_H

#include <stdint.h>

#include "kernel/klp-sysfs.h"

/**
 * struct kallsyms_symbol - a line of kallsyms
 * @address: 0: the kernel hides it
 * @code: it is one of code
 * @module: "vmlinux" for the kernel itself
 */
struct kallsyms_symbol {
	uint64_t address;
	bool code;
	const char *name;
	const char *module;
};

/** kallsyms_symbol_t - told of each symbol, which is valid during the call. Negative: stop */
typedef int (*kallsyms_symbol_t)(const struct kallsyms_symbol *symbol, void *userdata);

/** kallsyms_parse - one line, which is changed; @ret points into it. -EBADMSG: it is none */
int kallsyms_parse(char *line, struct kallsyms_symbol *ret);

/**
 * kallsyms_each - go through all symbols
 *
 * Return: 0, what @told said if that is negative, or a negative errno where they cannot be read.
 */
int kallsyms_each(const struct klp_root *root, kallsyms_symbol_t told, void *userdata);

/**
 * kallsyms_count - count the symbols that could be meant by functions
 * @root: whose kallsyms
 * @functions: sought
 * @n: how many
 * @counts: gets how many symbols there are of each one's name and module
 *
 * Return: 0, negative errno.
 */
int kallsyms_count(const struct klp_root *root, const struct klp_function *functions, size_t n, unsigned int *counts);

#endif
