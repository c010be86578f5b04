// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <limits.h>

#include "cli/lib/bus.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/verbs/peers.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static void ids_text(char *buf, size_t size, json_object *ids)
{
	size_t n = json_object_array_length(ids), at = 0;

	(void)snprintf(buf, size, "-");
	for (size_t i = 0; i < n && at < size; i++)
		at += snprintf(buf + at, size - at, "%s%" PRIu64, i ? " " : "",
			       json_object_get_uint64(json_object_array_get_idx(ids, i)));
}

static void add_function(struct cli_table *table, json_object *function)
{
	char tracers[128], bodies[512];

	ids_text(tracers, sizeof(tracers), cli_json_get(function, "tracers"));
	cli_bodies_text(bodies, sizeof(bodies), cli_json_get(function, "bodies"));
	cli_table_add(table, "%s", cli_json_string(function, "function"));
	cli_table_add_state(table, cli_json_string(function, "state"));
	cli_table_add(table, "%s", cli_json_string(function, "backend"));
	cli_table_add(table, "%s", tracers);
	cli_table_add(table, "%s", bodies);
}

int cli_functions(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[FUNCTION|PATTERN...]",
		.description =
			"Lists the functions that have tracers: the tracers of each in the order they run,\n"
			"and which body its calls ran.\n"
			"With FUNCTION or PATTERN, [MODULE:]SYMBOL with *, ? and []: who is on these functions,\n"
			"livepatches, kprobes, BPF programs and tracers of others, too; which body a call runs,\n"
			"and who disturbs whom.\n",
		.max = INT_MAX,
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_object_putp) json_object *functions = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_connect(cli, &bus);
	if (r == CLI_DONE && argc > 0)
		return cli_print_peers(cli, bus, argv, argc);
	if (r == CLI_DONE)
		r = cli_query_functions(cli, bus, &functions);
	if (r != CLI_DONE)
		return r;

	return cli_print_list(cli, functions,
			      "FUNCTION STATE BACKEND TRACERS BODIES",
			      "No function has a trampoline.", add_function);
}
