// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "bus.h"
#include "fail.h"
#include "json.h"
#include "options.h"
#include "query.h"
#include "util/util.h"

static int call(sd_bus *bus, const char *path, const char *reason, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_call(bus, path, "org.livepatchd1.Transition", "Force", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "sa{sv}", reason, 0);
	return r < 0 ? r : cli_call(bus, message, ret_error, NULL);
}

int cli_force(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "--reason=TEXT",
		.description =
			"Ends the transition that runs: tasks that have not changed over are declared to have. They\n"
			"may go on in the middle of a function that it changes, which may crash or corrupt the\n"
			"kernel; and the kernel never lets go of the module. The reason goes into the journal and\n"
			"the history.\n",
	};
	const char *reason = NULL;
	const struct cli_option options[] = {
		{ "reason", 0, "TEXT", "why", cli_parse_string, &reason },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	json_object *transition;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (!reason || !*reason)
		return cli_fail(cli, CLI_USAGE, "Usage", "force wants --reason=TEXT; see livepatchd force --help");

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;
	transition = cli_mirror_current(mirror);
	if (!transition)
		return cli_fail(cli, CLI_FAILED, "NothingToForce",
				"no transition runs, so there is nothing to force");

	r = call(bus, cli_json_string(cli_mirror_manager(mirror), "transition"), reason, &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot force the %s of %s",
				    cli_json_string(transition, "kind"),
				    cli_json_string(transition, "subject"));

	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "transition", json_object_get(transition));
		cli_print_json(o);
	} else {
		printf("The %s of %s is being forced.\n", cli_json_string(transition, "kind"),
		       cli_json_string(transition, "subject"));
	}
	return CLI_DONE;
}
