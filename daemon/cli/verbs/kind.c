// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lib/fail.h"
#include "cli/lib/patch-name.h"
#include "cli/verbs/kind.h"
#include "util/util.h"

#define BPF "bpf:"

int cli_name_kind(const struct cli *cli, const char *typed, char **ret)
{
	_cleanup_free_ char *file = NULL, *path = NULL;
	const char *name = typed + strlen(BPF);
	int r;

	if (strncmp(typed, BPF, strlen(BPF)) != 0 || (!strchr(name, '/') && !strstr(name, ".o"))) {
		*ret = strdup(typed);
		return *ret ? CLI_DONE : cli_fail_memory(cli);
	}
	if (asprintf(&file, "%s%s", strchr(name, '/') ? "" : "./", name) < 0) {
		file = NULL;
		return cli_fail_memory(cli);
	}
	r = cli_name_patch(cli, file, &path);
	if (r != CLI_DONE)
		return r;
	if (asprintf(ret, BPF "%s", path) < 0) {
		*ret = NULL;
		return cli_fail_memory(cli);
	}
	return CLI_DONE;
}
