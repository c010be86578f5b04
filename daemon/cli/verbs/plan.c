// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/text.h"
#include "cli/verbs/plan.h"
#include "util/util.h"

static const struct cli_shape function[] = { { "symbol", NULL }, { "module", NULL }, { "sympos", NULL }, {} };

static const struct cli_shape patch[] = {
	{ "name", NULL },
	{ "action", NULL },
	{ "note", NULL },
	{ "file", NULL },
	{ "replace", NULL },
	{ "functions", function },
	{},
};

static const struct cli_shape winner[] = {
	{ "symbol", NULL },
	{ "module", NULL },
	{ "sympos", NULL },
	{ "winner", NULL },
	{ "patches", NULL },
	{},
};

static int query(const struct cli *cli, sd_bus *bus, json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *plan = json_object_new_object();
	json_object *part;
	int r;

	r = cli_new_manager_call(bus, "Plan", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 0);
	if (r >= 0)
		r = cli_call(bus, message, &error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, patch, &part);
	if (r >= 0) {
		json_object_object_add(plan, "patches", part);
		r = cli_json_read(reply, winner, &part);
	}
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot plan");
	json_object_object_add(plan, "functions", part);
	*ret = TAKE_PTR(plan);
	return CLI_DONE;
}

static void add_patch(struct cli_table *table, json_object *p)
{
	const char *note = cli_json_string(p, "note");

	cli_table_add(table, "%s", cli_json_string(p, "name"));
	cli_table_add(table, "%s", cli_json_string(p, "action"));
	cli_table_add(table, "%zu", cli_json_length(p, "functions"));
	cli_table_add(table, "%s", *note ? note : "-");
}

static void add_winner(struct cli_table *table, json_object *f)
{
	json_object *patches = cli_json_get(f, "patches");
	char text[256], all[512] = "";
	size_t used = 0;

	cli_function_text(text, sizeof(text), f);
	for (size_t i = 0; i < json_object_array_length(patches) && used < sizeof(all); i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
					 json_object_get_string(json_object_array_get_idx(patches, i)));
	cli_table_add(table, "%s", text);
	cli_table_add(table, "%s", cli_json_string(f, "winner"));
	cli_table_add(table, "%s", all);
}

static int print(const struct cli *cli, json_object *plan)
{
	int r;

	r = cli_print_list(cli, cli_json_get(plan, "patches"), "PATCH ACTION >FUNCTIONS NOTE",
			   "No livepatch is installed or loaded.", add_patch);
	if (r != CLI_DONE || cli_json_length(plan, "functions") == 0)
		return r;
	printf("\n");
	return cli_print_list(cli, cli_json_get(plan, "functions"), "FUNCTION WINNER PATCHES", "", add_winner);
}

int cli_print_plan(const struct cli *cli)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_object_putp) json_object *plan = NULL;
	int r;

	r = cli_connect(cli, &bus);
	if (r == CLI_DONE)
		r = query(cli, bus, &plan);
	if (r != CLI_DONE)
		return r;
	if (cli->json) {
		cli_print_json(plan);
		return CLI_DONE;
	}
	return print(cli, plan);
}
