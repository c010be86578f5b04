// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/fail.h"
#include "cli/lib/text.h"
#include "cli/verbs/change.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

int cli_unload(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "NAME",
		.description =
			"Takes a livepatch back: disables it, waits until no task runs its functions any more,\n"
			"and removes its module. NAME may also be the path it was loaded from.\n",
		.min = 1,
		.max = 1,
	};
	struct cli_change change = {
		.method = "UnloadPatch",
		.verb = "unload",
		.done = "Unloaded",
		.already = "unloaded",
		.settled = "",
	};
	_cleanup_free_ char *patch = NULL;
	int r;

	if (!cli_change_parse(cli, &usage, NULL, &change, &argc, &argv, &r))
		return r;
	change.typed = argv[0];

	patch = cli_module_name(argv[0]);
	if (!patch)
		return cli_fail_memory(cli);
	change.patch = patch;

	return cli_change_patch(cli, &change);
}
