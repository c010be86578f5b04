/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_RESOLVE_H
#define LIVEPATCHD_RESOLVE_H

#include <stdio.h>

#include "kernel/klp-sysfs.h"

/**
 * resolve_open_symbols - open kallsyms, to be read to its end by lines
 * @root: whose
 *
 * Return: the file, for fclose(); NULL with errno set.
 */
FILE *resolve_open_symbols(const struct klp_root *root);

/**
 * resolve_count - count the symbols that could be meant by functions
 * @root: whose kallsyms
 * @functions: sought
 * @n: how many
 * @counts: gets how many symbols there are of each one's name and module
 *
 * Return: 0, negative errno.
 */
int resolve_count(const struct klp_root *root, const struct klp_function *functions, size_t n, unsigned int *counts);

/**
 * resolve_parse_line - one line of kallsyms
 * @line: changed
 * @ret_symbol: points into @line
 * @ret_module: likewise; "vmlinux" for the kernel itself
 */
bool resolve_parse_line(char *line, const char **ret_symbol, const char **ret_module);

#endif
