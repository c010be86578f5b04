// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/kernel-symbols.h"

/**
 * struct symbol - one of kallsyms
 * @name: where it is among the names
 * @module: likewise
 */
struct symbol {
	uint64_t address;
	size_t name;
	size_t module;
};

/**
 * struct kernel_symbols - all of them, by address
 * @names: of symbols and modules, one behind the other
 * @module: where the last module's is
 */
struct kernel_symbols {
	char *names;
	size_t used;
	size_t size;
	size_t module;
	struct symbol *all;
	size_t n;
	size_t n_max;
};

struct kernel_symbols *kernel_symbols_free(struct kernel_symbols *symbols)
{
	free(symbols->names);
	free(symbols->all);
	free(symbols);
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int keep_name(struct kernel_symbols *symbols, const char *name, size_t *ret)
{
	size_t length = strlen(name) + 1;

	if (symbols->size - symbols->used < length) {
		size_t size = 2 * symbols->size + length + 4 * 1024 * 1024;
		char *grown = realloc(symbols->names, size);

		if (!grown)
			return -ENOMEM;
		symbols->names = grown;
		symbols->size = size;
	}
	memcpy(symbols->names + symbols->used, name, length);
	*ret = symbols->used;
	symbols->used += length;
	return 0;
}

static int keep(const struct kallsyms_symbol *seen, void *userdata)
{
	struct kernel_symbols *symbols = userdata;
	struct symbol symbol = { .address = seen->address };
	int r = 0;

	/* Where addresses are hidden, all of them are 0. */
	if (seen->address == 0 || !seen->code)
		return 0;
	if (symbols->n == symbols->n_max) {
		size_t n_max = symbols->n_max ? 2 * symbols->n_max : 65536;
		struct symbol *grown = reallocarray(symbols->all, n_max, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		symbols->all = grown;
		symbols->n_max = n_max;
	}
	/* A module's symbols are told one after the other. */
	if (symbols->n == 0 || !lpd_streq(symbols->names + symbols->module, seen->module))
		r = keep_name(symbols, seen->module, &symbols->module);
	if (r >= 0)
		r = keep_name(symbols, seen->name, &symbol.name);
	if (r < 0)
		return r;
	symbol.module = symbols->module;
	symbols->all[symbols->n++] = symbol;
	return 0;
}

int kernel_symbols_read(const struct klp_root *root, struct kernel_symbols **ret)
{
	_cleanup_(kernel_symbols_freep) struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	int r;

	if (!symbols)
		return -ENOMEM;
	r = kallsyms_each(root, keep, symbols);
	if (r < 0)
		return r;
	if (symbols->n > 0)
		qsort(symbols->all, symbols->n, sizeof(*symbols->all), by_address);
	*ret = TAKE_PTR(symbols);
	return 0;
}

const char *kernel_symbols_name(const struct kernel_symbols *symbols, uint64_t address, char *text, size_t size)
{
	size_t low = 0, high = symbols->n;
	const struct symbol *symbol;
	const char *name, *module;
	bool in_kernel;

	/* The first one behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0) {
		(void)snprintf(text, size, "0x%" PRIx64, address);
		return text;
	}
	symbol = symbols->all + low - 1;
	name = symbols->names + symbol->name;
	module = symbols->names + symbol->module;
	in_kernel = lpd_streq(module, "vmlinux");
	(void)snprintf(text, size, "%s+0x%" PRIx64 "%s%s%s", name, address - symbol->address, in_kernel ? "" : " [",
		       in_kernel ? "" : module, in_kernel ? "" : "]");
	return text;
}
