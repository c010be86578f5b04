// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "util/util.h"

int cli_connect(const struct cli *cli, sd_bus **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = cli->host ? sd_bus_open_system_remote(&bus, cli->host) : sd_bus_open_system(&bus);
	if (r < 0 && cli->host)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot reach the system bus of %s: %s", cli->host, strerror(-r));
	if (r < 0)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot reach the system bus: %s; is dbus running?", strerror(-r));

	*ret = TAKE_PTR(bus);
	return CLI_DONE;
}

int cli_new_call(sd_bus *bus, const char *path, const char *interface, const char *method,
		 sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &call, CLI_BUS_NAME, path, interface, method);
	if (r < 0)
		return r;
	r = sd_bus_message_set_allow_interactive_authorization(call, isatty(STDIN_FILENO));
	if (r < 0)
		return r;

	*ret = TAKE_PTR(call);
	return 0;
}

int cli_new_manager_call(sd_bus *bus, const char *method, sd_bus_message **ret)
{
	return cli_new_call(bus, CLI_BUS_PATH, "org.livepatchd1.Manager", method, ret);
}

int cli_append_option(sd_bus_message *call, const char *key, const char *value)
{
	return value ? sd_bus_message_append(call, "{sv}", key, "s", value) : 0;
}

int cli_call(sd_bus *bus, sd_bus_message *call, sd_bus_error *ret_error,
	     sd_bus_message **ret_reply)
{
	return sd_bus_call(bus, call, UINT64_MAX, ret_error, ret_reply);
}
