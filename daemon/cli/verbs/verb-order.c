// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/verbs/change.h"
#include "cli/verbs/plan.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

/* ------------------------------------------------------------ as it is now */

static bool has_place(json_object *patch)
{
	const char *state = cli_json_string(patch, "state");

	return cli_json_uint(patch, "order") && !lpd_streq(state, "disabled") && !lpd_streq(state, "loaded");
}

/* The function among those that have been found, a new one if it is not. */
static json_object *find_function(json_object *functions, json_object *function)
{
	json_object *found;

	for (size_t i = 0; i < json_object_array_length(functions); i++) {
		found = json_object_array_get_idx(functions, i);
		if (lpd_streq(cli_json_string(found, "symbol"), cli_json_string(function, "symbol")) &&
		    lpd_streq(cli_json_string(found, "module"), cli_json_string(function, "module")) &&
		    cli_json_uint(found, "sympos") == cli_json_uint(function, "sympos"))
			return found;
	}
	found = json_object_new_object();
	cli_json_copy(found, "symbol", function, "symbol");
	cli_json_copy(found, "module", function, "module");
	cli_json_copy(found, "sympos", function, "sympos");
	(void)json_object_object_add(found, "winner", NULL);
	(void)json_object_object_add(found, "patches", json_object_new_array());
	(void)json_object_array_add(functions, found);
	return found;
}

/* From bottom to top: the last one of which the function runs wins. */
static json_object *describe(struct cli_mirror *mirror)
{
	_cleanup_(json_object_putp) json_object *all = cli_mirror_list(mirror, CLI_PATCH);
	json_object *patches = json_object_new_array(), *functions = json_object_new_array();
	json_object *order = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(all); i++) {
		json_object *patch = json_object_array_get_idx(all, i);

		if (!has_place(patch))
			continue;
		(void)json_object_array_add(patches, json_object_get(patch));
		for (size_t k = 0; k < cli_json_length(patch, "functions"); k++) {
			json_object *function = json_object_array_get_idx(cli_json_get(patch, "functions"), k);
			json_object *found = find_function(functions, function);

			(void)json_object_array_add(cli_json_get(found, "patches"),
						    json_object_get(cli_json_get(patch, "name")));
			if (cli_json_bool(function, "patched"))
				cli_json_copy(found, "winner", patch, "name");
		}
	}
	(void)json_object_object_add(order, "patches", patches);
	(void)json_object_object_add(order, "functions", functions);
	return order;
}

static void add_patch(struct cli_table *table, json_object *patch)
{
	cli_table_add(table, "%" PRIu64, cli_json_uint(patch, "order"));
	cli_table_add(table, "%s", cli_json_string(patch, "name"));
	cli_table_add_state(table, cli_json_string(patch, "state"));
	cli_table_add(table, "%s", cli_json_string(patch, "backend"));
	cli_table_add(table, "%zu", cli_json_length(patch, "functions"));
}

static void add_function(struct cli_table *table, json_object *function)
{
	json_object *patches = cli_json_get(function, "patches");
	const char *winner = cli_json_string(function, "winner");
	char name[640], all[512] = "";
	size_t at = 0;

	cli_function_text(name, sizeof(name), function);
	for (size_t i = 0; i < json_object_array_length(patches) && at < sizeof(all); i++)
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? " " : "",
				       json_object_get_string(json_object_array_get_idx(patches, i)));
	cli_table_add(table, "%s", name);
	cli_table_add(table, "%s", *winner ? winner : "-");
	cli_table_add(table, "%s", all);
}

static int print(const struct cli *cli, json_object *order)
{
	_cleanup_(json_object_putp) json_object *shared = json_object_new_array();
	json_object *functions = cli_json_get(order, "functions");
	int r;

	for (size_t i = 0; i < json_object_array_length(functions); i++) {
		json_object *function = json_object_array_get_idx(functions, i);

		if (cli_json_length(function, "patches") > 1)
			(void)json_object_array_add(shared, json_object_get(function));
	}
	r = cli_print_list(cli, cli_json_get(order, "patches"), ">ORDER NAME STATE BACKEND >FUNCTIONS",
			   "No livepatch is applied.", add_patch);
	if (r != CLI_DONE || json_object_array_length(shared) == 0)
		return r;
	printf("\n");
	return cli_print_list(cli, shared, "FUNCTION WINNER PATCHES", "", add_function);
}

static int show(struct cli *cli)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *order = NULL;
	int r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;
	order = describe(mirror);
	if (!cli->json)
		return print(cli, order);
	cli_print_json(order);
	return CLI_DONE;
}

/* ------------------------------------------------------------------- anew */

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

static int module_names(int argc, char **argv, char ***ret, char **ret_text)
{
	_cleanup_(free_names) char **names = calloc((unsigned int)argc + 1, sizeof(*names));
	_cleanup_free_ char *text = strdup("");

	if (!names)
		return -1;
	for (int i = 0; i < argc; i++) {
		char *longer;

		names[i] = cli_module_name(argv[i]);
		if (!names[i] || !text || asprintf(&longer, "%s%s%s", text, i ? " " : "", names[i]) < 0)
			return -1;
		free(text);
		text = longer;
	}
	*ret = TAKE_PTR(names);
	*ret_text = TAKE_PTR(text);
	return 0;
}

int cli_order(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[NAME...]",
		.description =
			"Without NAMEs: shows the livepatches that are applied, each backend's from bottom to top,\n"
			"and for each function that several of them replace the one that wins.\n"
			"With NAMEs: stacks livepatch_helper's patches anew, the last one on top, and waits until\n"
			"every task runs them so. All that are applied have to be named. The order of kernel\n"
			"livepatches is that of their loads.\n"
			"With --plan: shows what load --all comes to, from what is installed and loaded.\n",
		.max = INT_MAX,
	};
	struct cli_change change = {
		.method = "OrderPatches",
		.verb = "order",
		.done = "Stacked",
		.already = "stacked so",
	};
	_cleanup_(free_names) char **names = NULL;
	_cleanup_free_ char *text = NULL;
	bool plan = false;
	const struct cli_option own[] = {
		{ "plan", 0, NULL, "show what load --all comes to", cli_parse_flag, &plan },
		{},
	};
	int r;

	if (!cli_change_parse(cli, &usage, own, &change, &argc, &argv, &r))
		return r;
	if (change.persist || (plan && argc > 0))
		return cli_fail(cli, CLI_USAGE, "Usage",
				"order takes NAMEs or --plan, and no --persist: the order of the next boot is that of "
				"the patches' drop-ins, see livepatchd(8)");
	if (argc == 0)
		return plan ? cli_print_plan(cli) : show(cli);
	if (module_names(argc, argv, &names, &text) < 0)
		return cli_fail_memory(cli);
	change.names = names;
	change.typed = text;
	return cli_change_patch(cli, &change);
}
