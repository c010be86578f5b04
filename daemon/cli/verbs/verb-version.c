// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"
#include "version.h"

int cli_version(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Prints the versions of this program, of the livepatchd that runs, of its helper module,\n"
			"and of the kernel.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *status = NULL;
	json_object *helper;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;

	status = cli_mirror_status(mirror);
	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "client",
					     json_object_new_string(LIVEPATCHD_VERSION));
		cli_json_copy(o, "version", status, "version");
		cli_json_copy(o, "helper", status, "helper");
		cli_json_copy(o, "kernel", status, "kernel");
		cli_print_json(o);
		return CLI_DONE;
	}

	helper = cli_json_get(status, "helper");
	printf("client      %s\n", LIVEPATCHD_VERSION);
	printf("livepatchd  %s\n", cli_json_string(status, "version"));
	printf("helper      %s\n", cli_json_bool(helper, "loaded") ?
					   cli_json_string(helper, "version") :
					   "not loaded");
	printf("kernel      %s\n", cli_json_string(status, "kernel"));
	return CLI_DONE;
}
