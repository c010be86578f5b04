// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static void add_patch(struct cli_table *table, json_object *patch)
{
	const char *file = cli_json_string(patch, "file");
	uint64_t order = cli_json_uint(patch, "order");

	if (order)
		cli_table_add(table, "%" PRIu64, order);
	else
		cli_table_add(table, "-");
	cli_table_add(table, "%s", cli_json_string(patch, "name"));
	cli_table_add_state(table, cli_json_string(patch, "state"));
	cli_table_add(table, "%s", cli_json_string(patch, "backend"));
	cli_table_add(table, "%zu", cli_json_length(patch, "functions"));
	cli_table_add(table, "%s", *file ? file : "-");
}

int cli_list(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description = "Lists the livepatches of both backends, each in its order: the last one that is patched\n"
			       "wins.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *patches = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;

	patches = cli_mirror_list(mirror, CLI_PATCH);
	return cli_print_list(cli, patches,
			      ">ORDER NAME STATE BACKEND >FUNCTIONS FILE",
			      "No livepatch is loaded.", add_patch);
}
