// SPDX-License-Identifier: GPL-2.0-only

#include "cli/lib/options.h"
#include "cli/verbs/end.h"
#include "cli/verbs/verbs.h"

int cli_cancel(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Cancels the transition that runs: its change is reversed. The tasks that have it already\n"
			"go back one by one; livepatchd wait waits for the last.\n",
	};
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	return cli_end_transition(cli, &(struct cli_end){
					       .method = "Cancel",
					       .verb = "cancel",
					       .nothing = "NothingToCancel",
					       .done = "reversed",
				       });
}
