// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lib/fail.h"
#include "cli/lib/patch-name.h"
#include "cli/lib/text.h"
#include "util/util.h"

static int absolute(const char *typed, char **ret)
{
	_cleanup_free_ char *cwd = NULL;
	char *patch;

	if (!cli_looks_like_file(typed) || *typed == '/') {
		patch = strdup(typed);
		if (!patch)
			return -ENOMEM;
	} else {
		while (!strncmp(typed, "./", 2))
			typed += 2;
		cwd = getcwd(NULL, 0);
		if (!cwd)
			return -errno;
		if (asprintf(&patch, "%s/%s", cwd, typed) < 0)
			return -ENOMEM;
	}

	*ret = patch;
	return 0;
}

int cli_name_patch(const struct cli *cli, const char *typed, char **ret)
{
	int r;

	if (cli->host && cli_looks_like_file(typed) && *typed != '/')
		return cli_fail(cli, CLI_USAGE, "Usage",
				"cannot %s %s on %s: name the file there by its absolute path",
				cli->verb, typed, cli->host);
	r = absolute(typed, ret);
	if (r < 0)
		return cli_fail(cli, CLI_FAILED, "Failed", "cannot %s %s: %s", cli->verb, typed, strerror(-r));
	return CLI_DONE;
}
