// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "util/fs.h"

/* "address type symbol\t[module]": there are hundreds of thousands of them. */
int kallsyms_parse(char *line, struct kallsyms_symbol *ret)
{
	struct kallsyms_symbol symbol = { .module = "vmlinux" };
	char *p, *end;

	symbol.address = strtoull(line, &p, 16);
	if (p == line || p[0] != ' ' || !p[1] || p[2] != ' ')
		return -EBADMSG;
	symbol.code = strchr("tTwW", p[1]);
	symbol.name = p + 3;
	p += 3 + strcspn(p + 3, " \t\n");
	if (p == symbol.name)
		return -EBADMSG;
	end = p;
	p += strspn(p, " \t\n");
	*end = '\0';
	if (*p) {
		end = strchr(p, ']');
		if (*p != '[' || !end || end == p + 1)
			return -EBADMSG;
		*end = '\0';
		symbol.module = p + 1;
	}
	*ret = symbol;
	return 0;
}

struct reader {
	kallsyms_symbol_t told;
	void *userdata;
};

static int on_line(char *line, void *userdata)
{
	const struct reader *reader = userdata;
	struct kallsyms_symbol symbol;

	return kallsyms_parse(line, &symbol) < 0 ? 0 : reader->told(&symbol, reader->userdata);
}

int kallsyms_each(const struct klp_root *root, kallsyms_symbol_t told, void *userdata)
{
	struct reader reader = { told, userdata };
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/kallsyms", root->proc) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return lpd_each_line(path, on_line, &reader);
}

struct count {
	const struct klp_function *functions;
	size_t n;
	unsigned int *counts;
};

static int count(const struct kallsyms_symbol *symbol, void *userdata)
{
	const struct count *sought = userdata;

	for (size_t i = 0; i < sought->n; i++)
		sought->counts[i] += lpd_streq(symbol->name, sought->functions[i].symbol) &&
				     lpd_streq(symbol->module, sought->functions[i].module);
	return 0;
}

int kallsyms_count(const struct klp_root *root, const struct klp_function *functions, size_t n, unsigned int *counts)
{
	struct count sought = { functions, n, counts };

	memset(counts, 0, n * sizeof(*counts));
	return kallsyms_each(root, count, &sought);
}
