// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "bus.h"
#include "fail.h"
#include "json.h"
#include "options.h"
#include "query.h"
#include "util/util.h"

static int call(sd_bus *bus, const char *path, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_call(bus, path, "org.livepatchd1.Transition", "Cancel", &message);
	if (r < 0)
		return r;
	return cli_call(bus, message, ret_error, NULL);
}

int cli_cancel(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Cancels the transition that runs: its change is reversed. The tasks that have it already\n"
			"go back one by one; livepatchd wait waits for the last.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	json_object *transition;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;

	transition = cli_mirror_current(mirror);
	if (!transition)
		return cli_fail(cli, CLI_FAILED, "NothingToCancel",
				"no transition runs, so there is nothing to cancel");

	r = call(bus, cli_json_string(cli_mirror_manager(mirror), "transition"), &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot cancel the %s of %s",
				    cli_json_string(transition, "kind"),
				    cli_json_string(transition, "subject"));

	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "transition", json_object_get(transition));
		cli_print_json(o);
	} else {
		printf("The %s of %s is being reversed.\n", cli_json_string(transition, "kind"),
		       cli_json_string(transition, "subject"));
	}
	return CLI_DONE;
}
