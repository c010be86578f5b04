// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/ids.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/verbs/programs.h"
#include "cli/verbs/tracers.h"
#include "cli/verbs/verbs.h"
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

/* The one, with all that is known of it; a new array. */
static json_object *pick(json_object *tracers, uint32_t id)
{
	json_object *picked = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(tracers); i++) {
		json_object *tracer = json_object_array_get_idx(tracers, i);

		if (cli_json_uint(tracer, "id") == id)
			(void)json_object_array_add(picked, json_object_get(tracer));
	}
	return picked;
}

static int print_one(const struct cli *cli, sd_bus *bus, json_object *tracers, uint32_t id)
{
	_cleanup_(json_object_putp) json_object *picked = pick(tracers, id);
	json_object *tracer = json_object_array_get_idx(picked, 0);
	int r;

	if (!tracer)
		return cli_fail(cli, CLI_NOT_FOUND, "NoSuchTracer",
				"there is no tracer %" PRIu32 "; livepatchd tracers lists them", id);
	if (!cli_has_results(tracer))
		return cli_print_tracers(cli, picked);
	r = cli_add_results(cli, bus, tracer);
	if (r != CLI_DONE || cli->json)
		return r == CLI_DONE ? cli_print_tracers(cli, picked) : r;
	return cli_print_results(cli, tracer);
}

int cli_tracers(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[ID]",
		.description =
			"Lists the tracers: how often each was hit, and which body those calls ran. Of one that runs\n"
			"a BPF program that comes with livepatchd, with its ID: what that has found.\n",
		.max = 1,
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_object_putp) json_object *tracers = NULL;
	_cleanup_free_ uint32_t *ids = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_read_ids(cli, argv, argc, &ids);
	if (r == CLI_DONE)
		r = cli_connect(cli, &bus);
	if (r == CLI_DONE)
		r = cli_query_tracers(cli, bus, &tracers);
	if (r == CLI_DONE && cli->json)
		r = cli_add_programs(cli, bus, tracers);
	if (r != CLI_DONE)
		return r;
	return argc > 0 ? print_one(cli, bus, tracers, ids[0]) : cli_print_tracers(cli, tracers);
}
