/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FUNCTION_NAME_H
#define LIVEPATCHD_FUNCTION_NAME_H

#include <stdint.h>

#include <linux/livepatch_helper.h>

#define FUNCTION_NAME_MAX (LPH_MODULE_LEN + LPH_SYMBOL_LEN + 16)

/**
 * struct function_name - a kernel function, as users write it: [MODULE:]SYMBOL[,SYMPOS]
 * @symbol: its symbol
 * @module: the module it is in, "vmlinux" for the kernel itself
 * @sympos: which of several of that name, 0: it is unique
 */
struct function_name {
	char symbol[LPH_SYMBOL_LEN];
	char module[LPH_MODULE_LEN];
	uint32_t sympos;
};

/** function_name_parse - take a function's name apart; -EINVAL if it is none */
int function_name_parse(const char *text, struct function_name *ret);

/** function_name_format - write it in its one canonical form */
const char *function_name_format(char text[FUNCTION_NAME_MAX], const struct function_name *name);

#endif
