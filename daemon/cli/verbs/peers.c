// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/query.h"
#include "cli/lib/table.h"
#include "cli/lib/terminal.h"
#include "cli/lib/text.h"
#include "cli/verbs/peers.h"
#include "util/util.h"

/* Gives each function the counters of its trampoline, where it has one. */
static void add_trampolines(json_object *functions, json_object *trampolines, json_object *unseen)
{
	for (size_t i = 0; i < json_object_array_length(functions); i++) {
		json_object *function = json_object_array_get_idx(functions, i);

		for (size_t j = 0; j < json_object_array_length(trampolines); j++) {
			json_object *trampoline = json_object_array_get_idx(trampolines, j);

			if (!lpd_streq(cli_json_string(function, "function"), cli_json_string(trampoline, "function")))
				continue;
			cli_json_copy(function, "state", trampoline, "state");
			cli_json_copy(function, "backend", trampoline, "backend");
			cli_json_copy(function, "tracers", trampoline, "tracers");
			cli_json_copy(function, "bodies", trampoline, "bodies");
		}
		(void)json_object_object_add(function, "unseen", json_object_get(unseen));
	}
}

static void print_strings(const char *label, json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		printf("%-11s%s\n", label, json_object_get_string(json_object_array_get_idx(list, i)));
}

static const char *files_text(json_object *peer)
{
	const char *files = cli_json_string(peer, "files");

	if (lpd_streq(files, "body"))
		return "the body that ran";
	if (lpd_streq(files, "nothing"))
		return "-";
	return cli_json_bool(peer, "misfiles") ? "the function: wrong body" : "the function";
}

static int print_table(const struct cli *cli, json_object *list)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new("CLASS KIND NAME ON FILES DETAIL");

	if (!table)
		return cli_fail_memory(cli);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *peer = json_object_array_get_idx(list, i);
		const char *name = cli_json_string(peer, "name"), *detail = cli_json_string(peer, "detail");

		cli_table_add(table, "%s", cli_json_string(peer, "class"));
		cli_table_add(table, "%s", cli_json_string(peer, "kind"));
		cli_table_add(table, "%s", *name ? name : "?");
		cli_table_add(table, "%s", cli_json_bool(peer, "active") ? "yes" : "no");
		cli_table_add(table, "%s", files_text(peer));
		cli_table_add(table, "%s", *detail ? detail : "-");
	}
	return cli_table_print(table, stdout, cli_wants_colour(stdout)) < 0 ? cli_fail_memory(cli) : CLI_DONE;
}

static void print_ftrace(json_object *ftrace)
{
	const char *flags = cli_json_string(ftrace, "flags"), *calls = cli_json_string(ftrace, "calls");
	uint64_t ops = cli_json_uint(ftrace, "ops");

	if (ops > 0)
		printf("%-11s%" PRIu64 " ops%s%s%s%s\n", "Ftrace:", ops, *flags ? ", flags " : "", flags,
		       *calls ? ", calls " : "", calls);
}

static int print_function(const struct cli *cli, json_object *function)
{
	json_object *list = cli_json_get(function, "peers");
	char bodies[512];

	printf("%-11s%s\n", "Function:", cli_json_string(function, "function"));
	printf("%-11s%s\n", "Runs:", cli_json_string(function, "winner"));
	print_strings("Unless:", cli_json_get(function, "unless"));
	if (cli_json_length(function, "bodies") > 0) {
		cli_bodies_text(bodies, sizeof(bodies), cli_json_get(function, "bodies"));
		printf("%-11s%s\n", "Ran:", bodies);
	}
	print_ftrace(cli_json_get(function, "ftrace"));
	print_strings("Conflict:", cli_json_get(function, "conflicts"));
	if (json_object_array_length(list) == 0) {
		printf("Nobody is on it.\n");
		return CLI_DONE;
	}
	return print_table(cli, list);
}

int cli_print_peers(const struct cli *cli, sd_bus *bus, char **patterns, int n)
{
	_cleanup_(json_object_putp) json_object *functions = NULL, *unseen = NULL, *trampolines = NULL;
	int r;

	r = cli_query_peers(cli, bus, patterns, n, &functions, &unseen);
	if (r == CLI_DONE)
		r = cli_query_functions(cli, bus, &trampolines);
	if (r != CLI_DONE)
		return r;
	add_trampolines(functions, trampolines, unseen);

	if (cli->json) {
		cli_print_json(functions);
		return CLI_DONE;
	}
	for (size_t i = 0; r == CLI_DONE && i < json_object_array_length(functions); i++) {
		if (i > 0)
			printf("\n");
		r = print_function(cli, json_object_array_get_idx(functions, i));
	}
	if (json_object_array_length(functions) == 0)
		printf("Nobody is on a function of that name.\n");
	print_strings("Not seen:", unseen);
	return r;
}
