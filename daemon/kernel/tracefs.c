// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "kernel/tracefs.h"
#include "util/util.h"

char *tracefs_folder(const struct klp_root *root)
{
	char *path;

	if (asprintf(&path, "%s/kernel/tracing/enabled_functions", root->sys) < 0)
		return NULL;
	if (access(path, F_OK) < 0) {
		free(path);
		return asprintf(&path, "%s/kernel/debug/tracing", root->sys) < 0 ? NULL : path;
	}
	*strrchr(path, '/') = '\0';
	return path;
}

const char *tracefs_module(char *text, char **rest)
{
	char *end;

	*rest = text;
	if (*text != '[')
		return "vmlinux";
	end = strchr(text, ']');
	if (!end)
		return "vmlinux";
	*end = '\0';
	*rest = end + 1;
	return text + 1;
}
