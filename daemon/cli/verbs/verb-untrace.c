// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/ids.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/verbs/tracers.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

int cli_call_untrace(sd_bus *bus, const uint32_t *ids, size_t n, bool all, const char *strategy,
		     sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_manager_call(bus, "Untrace", &message);
	if (r < 0)
		return r;
	r = sd_bus_message_append_array(message, 'u', ids, n * sizeof(*ids));
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(message, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(message, "{sv}", "all", "b", all);
	if (r >= 0)
		r = cli_append_option(message, "strategy", strategy);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r < 0)
		return r;
	return cli_call(bus, message, ret_error, NULL);
}

int cli_untrace(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "ID...|--all",
		.description = "Removes tracers, by the ids that trace and tracers print.\n",
		.max = INT_MAX,
	};
	const char *strategy = NULL;
	bool all = false;
	const struct cli_option options[] = {
		{ "all", 0, NULL, "remove all tracers", cli_parse_flag, &all },
		{ "strategy", 0, "STRATEGY", CLI_STRATEGY_HELP, cli_parse_string, &strategy },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_free_ uint32_t *ids = NULL;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (all == (argc > 0))
		return cli_fail(cli, CLI_USAGE, "Usage",
				"untrace wants ids, or --all; see livepatchd untrace --help");

	r = cli_read_ids(cli, argv, argc, &ids);
	if (r == CLI_DONE)
		r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = cli_call_untrace(bus, ids, argc, all, strategy, &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot remove the tracer%s",
				    argc == 1 ? "" : "s");

	if (cli->json) {
		_cleanup_(json_object_putp) json_object *nothing = json_object_new_object();

		cli_print_json(nothing);
	}
	return CLI_DONE;
}
