// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <pwd.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static void add_who(struct cli_table *table, json_object *e)
{
	struct passwd *user;

	if (!cli_json_get(e, "uid")) {
		cli_table_add(table, "-");
		return;
	}
	user = getpwuid((uid_t)cli_json_uint(e, "uid"));
	if (user)
		cli_table_add(table, "%s", user->pw_name);
	else
		cli_table_add(table, "%" PRIu64, cli_json_uint(e, "uid"));
}

static void add_entry(struct cli_table *table, json_object *e)
{
	const char *message = cli_json_string(e, "message");
	char when[64];

	cli_time_text(when, sizeof(when), cli_json_uint(e, "finished_at"));
	cli_table_add(table, "%s", when);
	add_who(table, e);
	cli_table_add(table, "%s", cli_json_string(e, "kind"));
	cli_table_add(table, "%s", cli_json_string(e, "subject"));
	cli_table_add_state(table, cli_json_string(e, "state"));
	cli_table_add(table, "%s", *message ? message : "-");
}

int cli_history(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Shows what was done to the livepatches, the latest last: when, by whom, and what came\n"
			"of it. It outlives a reboot.\n",
	};
	int32_t limit = 100;
	const struct cli_option options[] = {
		{ "limit", 0, "N", "how many (default: 100)", cli_parse_int, &limit },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_object_putp) json_object *entries = NULL;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (limit < 0)
		return cli_fail(cli, CLI_USAGE, "Usage", "--limit wants a number that is not negative");
	r = cli_connect(cli, &bus);
	if (r == CLI_DONE)
		r = cli_query_history(cli, bus, (uint32_t)limit, &entries);
	if (r != CLI_DONE)
		return r;
	return cli_print_list(cli, entries, "FINISHED BY KIND SUBJECT STATE MESSAGE", "Nothing was done yet.",
			      add_entry);
}
