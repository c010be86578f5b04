// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/query.h"
#include "cli/verbs/end.h"
#include "util/util.h"

static int call(sd_bus *bus, const char *path, const struct cli_end *end, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_call(bus, path, "org.livepatchd1.Transition", end->method, &message);
	if (r >= 0 && end->reason)
		r = sd_bus_message_append(message, "sa{sv}", end->reason, 0);
	return r < 0 ? r : cli_call(bus, message, ret_error, NULL);
}

int cli_end_transition(struct cli *cli, const struct cli_end *end)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	json_object *transition;
	int r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;
	transition = cli_mirror_current(mirror);
	if (!transition)
		return cli_fail(cli, CLI_FAILED, end->nothing, "no transition runs, so there is nothing to %s",
				end->verb);

	r = call(bus, cli_json_string(cli_mirror_manager(mirror), "transition"), end, &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot %s the %s of %s", end->verb,
				    cli_json_string(transition, "kind"), cli_json_string(transition, "subject"));

	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "transition", json_object_get(transition));
		cli_print_json(o);
	} else {
		printf("The %s of %s is being %s.\n", cli_json_string(transition, "kind"),
		       cli_json_string(transition, "subject"), end->done);
	}
	return CLI_DONE;
}
