/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KERNEL_SYMBOLS_H
#define LIVEPATCHD_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/klp-sysfs.h"
#include "util/util.h"

/*
 * Addresses in the kernel's code by the names of its functions. All names are in
 * memory meanwhile: for a child process.
 */

struct kernel_symbols;

/** kernel_symbols_read - all of @root's kallsyms */
int kernel_symbols_read(const struct klp_root *root, struct kernel_symbols **ret);

struct kernel_symbols *kernel_symbols_free(struct kernel_symbols *symbols);
DEFINE_CLEANUP(struct kernel_symbols *, kernel_symbols_free)

/**
 * kernel_symbols_name - write an address as SYMBOL+0xOFFSET, in a module followed by " [MODULE]"
 * @symbols: the names
 * @address: the address; written as itself where no symbol is at or before it
 * @text: where to
 * @size: of @text
 *
 * Return: @text
 */
const char *kernel_symbols_name(const struct kernel_symbols *symbols, uint64_t address, char *text, size_t size);

#endif
