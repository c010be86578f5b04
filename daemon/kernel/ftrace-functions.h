/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FTRACE_FUNCTIONS_H
#define LIVEPATCHD_FTRACE_FUNCTIONS_H

#include <stdbool.h>

#include "kernel/klp-sysfs.h"

/**
 * struct ftrace_function - a function that ftrace_ops are on, as tracefs' enabled_functions tells
 * @symbol: the function
 * @module: "vmlinux" for the kernel itself
 * @n_ops: how many ftrace_ops are on it
 * @ipmodify: I, one may change where a call goes on
 * @direct: D, it calls something directly
 * @flags: all of its letters, in their order
 * @handler: what the only ftrace_ops calls, NULL: not told
 * @direct_to: what it calls directly, NULL: nothing, or not told
 * @text: the line as the kernel tells it
 */
struct ftrace_function {
	const char *symbol;
	const char *module;
	unsigned int n_ops;
	bool ipmodify;
	bool direct;
	char flags[16];
	const char *handler;
	const char *direct_to;
	const char *text;
};

/** ftrace_function_parse - a line of enabled_functions, which is changed; -EBADMSG: it is none of a function */
int ftrace_function_parse(char *line, struct ftrace_function *ret);

/** ftrace_direct_parse - the line behind that of a function with a direct call: what it calls */
int ftrace_direct_parse(char *line, const char **ret_symbol);

/** ftrace_function_t - told of each; valid during the call. Negative: stop */
typedef int (*ftrace_function_t)(const struct ftrace_function *function, void *userdata);

/**
 * ftrace_functions_each - go through all of them
 *
 * Return: 0, what @told said if that is negative, or a negative errno where they cannot be read.
 */
int ftrace_functions_each(const struct klp_root *root, ftrace_function_t told, void *userdata);

#endif
