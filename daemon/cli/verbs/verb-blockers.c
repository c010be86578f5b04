// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/text.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static void add_blocker(struct cli_table *table, json_object *blocker)
{
	const char *function = cli_json_string(blocker, "function"), *unit = cli_json_string(blocker, "unit");

	cli_table_add(table, "%" PRIu64, cli_json_uint(blocker, "pid"));
	cli_table_add(table, "%" PRIu64, cli_json_uint(blocker, "tid"));
	cli_table_add(table, "%s", cli_json_string(blocker, "comm"));
	cli_table_add(table, "%s", cli_json_string(blocker, "reason"));
	cli_table_add(table, "%s", *function ? function : "-");
	cli_table_add(table, "%.1f s", (double)cli_json_uint(blocker, "age_ms") / 1000);
	if (cli_json_bool(blocker, "kernel_thread"))
		unit = "kernel thread";
	cli_table_add(table, "%s", *unit ? unit : "-");
	cli_table_add(table, "%s", cli_json_string(blocker, "way_out"));
	cli_table_add(table, "%s", cli_json_string(blocker, "patch"));
}

/* Without the helper nobody tells what a task sleeps in. */
static bool is_without_helper(json_object *blockers, struct cli_mirror *mirror)
{
	_cleanup_(json_object_putp) json_object *status = cli_mirror_status(mirror);

	return json_object_array_length(blockers) > 0 && !cli_json_bool(cli_json_get(status, "helper"), "loaded");
}

/* Is @name among the words of @subject? An order's transition is of several patches. */
static bool is_about(const char *subject, const char *name)
{
	size_t length = strlen(name);

	for (; *subject; subject += strspn(subject, " ")) {
		size_t word = strcspn(subject, " ");

		if (word == length && !strncmp(subject, name, length))
			return true;
		subject += word;
	}
	return false;
}

static json_object *only_of(json_object *blockers, const char *name)
{
	json_object *some = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(blockers); i++) {
		json_object *blocker = json_object_array_get_idx(blockers, i);

		if (is_about(cli_json_string(blocker, "patch"), name))
			(void)json_object_array_add(some, json_object_get(blocker));
	}
	return some;
}

int cli_blockers(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[NAME]",
		.description =
			"Lists the tasks that the transition of a livepatch, or of the livepatch NAME, still waits\n"
			"for, and why: running, with a function that changes on its stack, with a stack that cannot\n"
			"be read reliably, or ready to change over. The way out is to restart its unit, to signal\n"
			"it, or to wait.\n",
		.max = 1,
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *blockers = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;
	if (argc > 0) {
		name = cli_module_name(argv[0]);
		if (!name)
			return cli_fail_memory(cli);
	}

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;
	if (name && !cli_mirror_find_named(mirror, CLI_PATCH, name))
		return cli_fail(cli, CLI_NOT_FOUND, "NoSuchPatch",
				"cannot list what blocks %s: there is no such livepatch; see livepatchd list",
				argv[0]);
	r = cli_query_blockers(cli, bus, &blockers);
	if (r != CLI_DONE)
		return r;
	if (name) {
		json_object *some = only_of(blockers, name);

		(void)json_object_put(blockers);
		blockers = some;
	}
	if (!cli->json && is_without_helper(blockers, mirror))
		fprintf(stderr, "The module livepatch_helper is not loaded, so nobody can tell which functions they sleep in; "
				"modprobe livepatch_helper.\n");
	return cli_print_list(cli, blockers, ">PID >TID COMM REASON FUNCTION >AGE UNIT WAY-OUT PATCH",
			      "No transition waits for a task.", add_blocker);
}
