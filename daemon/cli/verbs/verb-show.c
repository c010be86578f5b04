// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/terminal.h"
#include "cli/lib/text.h"
#include "cli/verbs/latency.h"
#include "cli/verbs/programs.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static void print_string(const char *label, const char *value)
{
	printf("%-17s%s\n", label, *value ? value : "-");
}

static void print_uint(const char *label, json_object *o, const char *key)
{
	printf("%-17s%" PRIu64 "\n", label, cli_json_uint(o, key));
}

static void print_state(json_object *o)
{
	printf("%-17s", "State:");
	cli_print_state(stdout, cli_json_string(o, "state"));
	printf("\n");
}

static void print_time(const char *label, json_object *o, const char *key)
{
	char text[64];

	cli_time_text(text, sizeof(text), cli_json_uint(o, key));
	print_string(label, text);
}

static void print_patch(json_object *patch)
{
	json_object *functions = cli_json_get(patch, "functions");
	size_t n = cli_json_length(patch, "functions");

	print_string("Patch:", cli_json_string(patch, "name"));
	print_state(patch);
	print_string("Backend:", cli_json_string(patch, "backend"));
	print_uint("Order:", patch, "order");
	print_string("File:", cli_json_string(patch, "file"));
	print_string("SHA256:", cli_json_string(patch, "sha256"));

	printf("%-17s%s", "Functions:", n ? "" : "-\n");
	for (size_t i = 0; i < n; i++) {
		json_object *function = json_object_array_get_idx(functions, i);
		char name[640];

		cli_function_text(name, sizeof(name), function);
		printf("%*s%s%s\n", i ? 17 : 0, "", name,
		       cli_json_bool(function, "patched") ? "" : "  (not patched)");
	}
}

static void print_tracer(json_object *tracer)
{
	char bodies[512], maps[1024];

	cli_bodies_text(bodies, sizeof(bodies), cli_json_get(tracer, "bodies"));
	print_uint("Tracer:", tracer, "id");
	print_state(tracer);
	print_string("Function:", cli_json_string(tracer, "function"));
	print_string("Kind:", cli_json_string(tracer, "kind"));
	printf("%-17s%" PRIi64 "\n", "Priority:", cli_json_int(tracer, "priority"));
	print_uint("Process:", tracer, "pid");
	print_string("Task name:", cli_json_string(tracer, "comm"));
	print_string("Backend:", cli_json_string(tracer, "backend"));
	print_uint("Hits:", tracer, "hits");
	print_uint("Missed:", tracer, "missed");
	print_string("Bodies:", bodies);
	if (cli_json_get(tracer, "program")) {
		print_uint("Program:", tracer, "program");
		cli_maps_text(maps, sizeof(maps), cli_json_get(tracer, "maps"));
		print_string("Maps:", maps);
	}
	cli_print_latency(tracer);
}

static void print_transition(json_object *transition)
{
	print_uint("Transition:", transition, "id");
	print_string("Kind:", cli_json_string(transition, "kind"));
	print_string("Subject:", cli_json_string(transition, "subject"));
	print_state(transition);
	print_string("Message:", cli_json_string(transition, "message"));
	print_string("Error:", cli_json_string(transition, "error"));
	printf("%-17s%.0f%%\n", "Progress:", 100 * cli_json_double(transition, "progress"));
	print_uint("Tasks:", transition, "tasks_total");
	print_uint("Tasks left:", transition, "tasks_remaining");
	print_time("Queued at:", transition, "queued_at");
	print_time("Started at:", transition, "started_at");
	print_time("Finished at:", transition, "finished_at");
	print_time("Deadline:", transition, "deadline");
	print_string("Strategy:", cli_json_string(transition, "strategy"));
	print_string("Consistency:", cli_json_string(transition, "consistency"));
	print_uint("Traps:", transition, "traps");
	print_uint("Deepest trap:", transition, "max_depth");
	print_uint("Lapses:", transition, "lapses");
	print_uint("Longest stop:", transition, "longest_stop");
}

/* Gives a tracer its counters, which are no properties: they would be stale at once. */
static int add_counters(const struct cli *cli, sd_bus *bus, json_object *tracer)
{
	_cleanup_(json_object_putp) json_object *all = NULL;
	int r;

	r = cli_query_tracers(cli, bus, &all);
	if (r == CLI_DONE)
		r = cli_add_programs(cli, bus, all);
	if (r != CLI_DONE)
		return r;

	for (size_t i = 0; i < json_object_array_length(all); i++) {
		json_object *now = json_object_array_get_idx(all, i);

		if (cli_json_uint(now, "id") != cli_json_uint(tracer, "id"))
			continue;
		cli_json_copy(tracer, "hits", now, "hits");
		cli_json_copy(tracer, "missed", now, "missed");
		cli_json_copy(tracer, "bodies", now, "bodies");
		cli_json_copy(tracer, "latency", now, "latency");
		if (!cli_json_get(now, "program"))
			continue;
		cli_json_copy(tracer, "program", now, "program");
		cli_json_copy(tracer, "maps", now, "maps");
	}
	return CLI_DONE;
}

static const struct {
	const char *prefix;
	enum cli_kind kind;
	const char *noun;
	const char *error;
	const char *listed_by;
	void (*print)(json_object *o);
} things[] = {
	{ "transition/", CLI_TRANSITION, "transition", "NoSuchTransition", "status", print_transition },
	{ "tracer/", CLI_TRACER, "tracer", "NoSuchTracer", "tracers", print_tracer },
	{ "patch/", CLI_PATCH, "livepatch", "NoSuchPatch", "list", print_patch },
	/* Without a prefix it is a patch. */
	{ "", CLI_PATCH, "livepatch", "NoSuchPatch", "list", print_patch },
};

static int find_thing(const char *argument)
{
	int i = 0;

	while (strncmp(argument, things[i].prefix, strlen(things[i].prefix)) != 0)
		i++;
	return i;
}

int cli_show(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "NAME|transition/ID|tracer/ID",
		.description = "Shows everything about a livepatch, a transition or a tracer.\n",
		.min = 1,
		.max = 1,
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_free_ char *name = NULL;
	json_object *object;
	const char *rest;
	int i, r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	i = find_thing(argv[0]);
	rest = argv[0] + strlen(things[i].prefix);
	name = things[i].kind == CLI_PATCH ? cli_module_name(rest) : strdup(rest);
	if (!name)
		return cli_fail_memory(cli);

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;

	object = cli_mirror_find_named(mirror, things[i].kind, name);
	if (!object)
		return cli_fail(cli, CLI_NOT_FOUND, things[i].error,
				"cannot show %s: there is no such %s; see livepatchd %s", argv[0],
				things[i].noun, things[i].listed_by);

	if (things[i].kind == CLI_TRACER) {
		r = add_counters(cli, bus, object);
		if (r != CLI_DONE)
			return r;
	}

	if (cli->json)
		cli_print_json(object);
	else
		things[i].print(object);
	return CLI_DONE;
}
