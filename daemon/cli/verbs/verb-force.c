// SPDX-License-Identifier: GPL-2.0-only

#include "cli/lib/fail.h"
#include "cli/lib/options.h"
#include "cli/verbs/end.h"
#include "cli/verbs/verbs.h"

int cli_force(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "--reason=TEXT",
		.description =
			"Ends the transition that runs: tasks that have not changed over are declared to have. They\n"
			"may go on in the middle of a function that it changes, which may crash or corrupt the\n"
			"kernel; and the kernel never lets go of the module. The reason goes into the journal and\n"
			"the history.\n",
	};
	const char *reason = NULL;
	const struct cli_option options[] = {
		{ "reason", 0, "TEXT", "why", cli_parse_string, &reason },
		{},
	};
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (!reason || !*reason)
		return cli_fail(cli, CLI_USAGE, "Usage", "force wants --reason=TEXT; see livepatchd force --help");

	return cli_end_transition(cli, &(struct cli_end){
					       .method = "Force",
					       .reason = reason,
					       .verb = "force",
					       .nothing = "NothingToForce",
					       .done = "forced",
				       });
}
