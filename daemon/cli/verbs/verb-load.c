// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/fail.h"
#include "cli/lib/patch-name.h"
#include "cli/verbs/change.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static int load_all(struct cli *cli, struct cli_change *change)
{
	if (change->persist || change->retry || change->timeout || change->on_timeout)
		return cli_fail(cli, CLI_USAGE, "Usage",
				"load --all takes no --persist, --retry, --timeout or --on-timeout: "
				"the patches' drop-ins have them, see livepatchd(8)");
	change->method = "LoadAll";
	change->typed = "all installed livepatches";
	return cli_change_patch(cli, change);
}

int cli_load(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "FILE|NAME|--all",
		.description =
			"Loads a livepatch, from a file or an installed one of that name, and waits until every\n"
			"task runs its functions. With --all: those that load --persist installed, in their order;\n"
			"if one cannot be loaded, the others are unloaded again.\n",
		.max = 1,
	};
	struct cli_change change = {
		.method = "LoadPatch",
		.verb = "load",
		.done = "Loaded",
		.already = "loaded",
		.settled = "patched",
	};
	const struct cli_option own[] = {
		{ "retry", 0, NULL, "even if it is in quarantine", cli_parse_flag, &change.retry },
		{ "all", 0, NULL, "load all that are installed", cli_parse_flag, &change.all },
		{},
	};
	_cleanup_free_ char *patch = NULL;
	int r;

	if (!cli_change_parse(cli, &usage, own, &change, &argc, &argv, &r))
		return r;
	if (change.all == (argc > 0))
		return cli_fail(cli, CLI_USAGE, "Usage",
				"load wants FILE|NAME, or --all; see livepatchd load --help");
	if (change.all)
		return load_all(cli, &change);
	change.typed = argv[0];

	r = cli_name_patch(cli, argv[0], &patch);
	if (r != CLI_DONE)
		return r;
	change.patch = patch;

	return cli_change_patch(cli, &change);
}
