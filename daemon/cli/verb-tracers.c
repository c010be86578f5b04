// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "bus.h"
#include "json.h"
#include "list.h"
#include "options.h"
#include "query.h"
#include "text.h"
#include "tracers.h"
#include "util/util.h"

static void add_tracer(struct cli_table *table, json_object *tracer)
{
	char bodies[512];

	cli_bodies_text(bodies, sizeof(bodies), cli_json_get(tracer, "bodies"));
	cli_table_add(table, "%" PRIu64, cli_json_uint(tracer, "id"));
	cli_table_add(table, "%s", cli_json_string(tracer, "function"));
	cli_table_add(table, "%s", cli_json_string(tracer, "kind"));
	cli_table_add(table, "%" PRIi64, cli_json_int(tracer, "priority"));
	cli_table_add(table, "%s", cli_json_string(tracer, "backend"));
	cli_table_add(table, "%" PRIu64, cli_json_uint(tracer, "hits"));
	cli_table_add(table, "%s", bodies);
}

int cli_print_tracers(const struct cli *cli, json_object *tracers)
{
	return cli_print_list(cli, tracers,
			      ">ID FUNCTION KIND >PRIORITY BACKEND >HITS BODIES",
			      "No tracer is attached.", add_tracer);
}

int cli_tracers(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description = "Lists the tracers: how often each was hit, and which body those calls ran.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_object_putp) json_object *tracers = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_connect(cli, &bus);
	if (r == CLI_DONE)
		r = cli_query_tracers(cli, bus, &tracers);
	return r == CLI_DONE ? cli_print_tracers(cli, tracers) : r;
}
