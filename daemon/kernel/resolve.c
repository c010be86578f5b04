// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "kernel/klp-sysfs.h"
#include "kernel/resolve.h"
#include "model/klp-patch.h"
#include "util/fs.h"

bool resolve_parse_line(char *line, const char **ret_symbol, const char **ret_module)
{
	/* address type symbol [module] */
	char *save = NULL, *module;
	const char *symbol;

	if (!strtok_r(line, " \t\n", &save) || !strtok_r(NULL, " \t\n", &save))
		return false;
	symbol = strtok_r(NULL, " \t\n", &save);
	if (!symbol)
		return false;
	module = strtok_r(NULL, " \t\n", &save);
	if (module) {
		size_t length = strlen(module);

		if (length < 3 || module[0] != '[' || module[length - 1] != ']')
			return false;
		module[length - 1] = '\0';
		module++;
	}
	*ret_symbol = symbol;
	*ret_module = module ?: "vmlinux";
	return true;
}

/* Whether a symbol in @line may be one of @functions: a quick look, for a list of a hundred thousand. */
static bool may_matter(const char *line, const struct klp_function *functions, size_t n)
{
	const char *space = strchr(line, ' ');

	if (!space || !space[1] || !space[2])
		return false;
	for (size_t i = 0; i < n; i++)
		if (strncmp(space + 3, functions[i].symbol, strlen(functions[i].symbol)) == 0)
			return true;
	return false;
}

FILE *resolve_open_symbols(const struct klp_root *root)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/kallsyms", root->proc) < 0) {
		path = NULL;
		errno = ENOMEM;
		return NULL;
	}
	return lpd_open_lines(path);
}

int resolve_count(const struct klp_root *root, const struct klp_function *functions, size_t n, unsigned int *counts)
{
	_cleanup_free_ char *line = NULL;
	const char *symbol, *module;
	size_t size = 0;
	FILE *file;

	file = resolve_open_symbols(root);
	if (!file)
		return -errno;
	memset(counts, 0, n * sizeof(*counts));
	while (getline(&line, &size, file) >= 0) {
		if (!may_matter(line, functions, n) || !resolve_parse_line(line, &symbol, &module))
			continue;
		for (size_t i = 0; i < n; i++)
			counts[i] += lpd_streq(symbol, functions[i].symbol) &&
				     lpd_streq(module, functions[i].module);
	}
	(void)fclose(file);
	return 0;
}
