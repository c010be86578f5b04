// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "kernel/kernel-symbols.h"
#include "kernel/klp-sysfs.h"
#include "kernel/resolve.h"
#include "util/fs.h"

/**
 * struct symbol - one of kallsyms
 * @name: in the text
 * @module: likewise, or a constant
 */
struct symbol {
	uint64_t address;
	const char *name;
	const char *module;
};

/**
 * struct kernel_symbols - all of them, by address
 * @text: kallsyms, taken apart
 */
struct kernel_symbols {
	char *text;
	struct symbol *all;
	size_t n;
};

struct kernel_symbols *kernel_symbols_free(struct kernel_symbols *symbols)
{
	free(symbols->text);
	free(symbols->all);
	free(symbols);
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* kallsyms does not tell its size. */
static int read_text(FILE *file, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t used = 0, size = 0, n;

	do {
		char *grown;

		size = size ? 2 * size : 4 * 1024 * 1024;
		grown = realloc(text, size);
		if (!grown)
			return -ENOMEM;
		text = grown;
		n = fread(text + used, 1, size - 1 - used, file);
		used += n;
	} while (used == size - 1);
	if (ferror(file))
		return -EIO;
	text[used] = '\0';
	*ret = TAKE_PTR(text);
	return 0;
}

static bool is_code(char type)
{
	return type && strchr("tTwW", type);
}

static int take_apart(struct kernel_symbols *symbols)
{
	size_t size = 0;

	for (char *line = symbols->text, *next; line; line = next) {
		struct symbol symbol;
		char *end;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		symbol.address = strtoull(line, &end, 16);
		/* Where addresses are hidden, all of them are 0. */
		if (*end != ' ' || symbol.address == 0 || !is_code(end[1]) ||
		    !resolve_parse_line(line, &symbol.name, &symbol.module))
			continue;
		if (symbols->n == size) {
			struct symbol *grown;

			size = size ? 2 * size : 65536;
			grown = reallocarray(symbols->all, size, sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			symbols->all = grown;
		}
		symbols->all[symbols->n++] = symbol;
	}
	if (symbols->n > 0)
		qsort(symbols->all, symbols->n, sizeof(*symbols->all), by_address);
	return 0;
}

int kernel_symbols_read(const struct klp_root *root, struct kernel_symbols **ret)
{
	_cleanup_(kernel_symbols_freep) struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	FILE *file;
	int r;

	if (!symbols)
		return -ENOMEM;
	file = resolve_open_symbols(root);
	if (!file)
		return -errno;
	r = read_text(file, &symbols->text);
	(void)fclose(file);
	if (r >= 0)
		r = take_apart(symbols);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(symbols);
	return 0;
}

const char *kernel_symbols_name(const struct kernel_symbols *symbols, uint64_t address, char *text, size_t size)
{
	size_t low = 0, high = symbols->n;
	const struct symbol *symbol;
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
	in_kernel = lpd_streq(symbol->module, "vmlinux");
	(void)snprintf(text, size, "%s+0x%" PRIx64 "%s%s%s", symbol->name, address - symbol->address, in_kernel ? "" : " [",
		       in_kernel ? "" : symbol->module, in_kernel ? "" : "]");
	return text;
}
