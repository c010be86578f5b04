// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus.h"
#include "fail.h"
#include "json.h"
#include "kind.h"
#include "options.h"
#include "util/parse-util.h"
#include "util/util.h"

/* As typed; NULL: it stays as it is. */
struct request {
	const char *kind;
	const char *priority;
	const char *pid;
	const char *comm;
	const char *strategy;
};

static int append_numbers(sd_bus_message *message, const struct request *request)
{
	int32_t priority;
	uint32_t pid;
	int r = 0;

	if (request->priority) {
		r = lpd_parse_int32(request->priority, &priority);
		if (r >= 0)
			r = sd_bus_message_append(message, "{sv}", "priority", "i", priority);
	}
	if (r >= 0 && request->pid) {
		r = lpd_parse_uint32(request->pid, &pid);
		if (r >= 0)
			r = sd_bus_message_append(message, "{sv}", "pid", "u", pid);
	}
	return r;
}

static int call(sd_bus *bus, uint32_t id, const struct request *request, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_manager_call(bus, "Retrace", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "u", id);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "{sv}");
	if (r >= 0)
		r = cli_append_option(message, "kind", request->kind);
	if (r >= 0)
		r = append_numbers(message, request);
	if (r >= 0)
		r = cli_append_option(message, "comm", request->comm);
	if (r >= 0)
		r = cli_append_option(message, "strategy", request->strategy);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r < 0)
		return r;
	return cli_call(bus, message, ret_error, NULL);
}

int cli_retrace(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "ID",
		.description =
			"Changes a tracer, which keeps its id and its counters. Each call runs it once: as it was, or\n"
			"as it is from some call on. What is not named stays as it is.\n",
		.min = 1,
		.max = 1,
	};
	struct request request = { 0 };
	const struct cli_option options[] = {
		{ "kind", 0, "KIND", "what the tracer does, as for trace", cli_parse_string, &request.kind },
		{ "priority", 0, "N", "lower ones run earlier", cli_parse_string, &request.priority },
		{ "pid", 0, "PID", "see only what this process calls; 0: any", cli_parse_string, &request.pid },
		{ "comm", 0, "NAME", "see only what tasks of this name call; empty: any", cli_parse_string,
		  &request.comm },
		{ "strategy", 0, "STRATEGY", CLI_STRATEGY_HELP, cli_parse_string, &request.strategy },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *kind = NULL;
	uint32_t id;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (lpd_parse_uint32(argv[0], &id) < 0)
		return cli_fail(cli, CLI_USAGE, "Usage", "%s is not the id of a tracer; livepatchd tracers lists them",
				argv[0]);
	if (request.kind) {
		r = cli_name_kind(cli, request.kind, &kind);
		if (r != CLI_DONE)
			return r;
		request.kind = kind;
	}

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;
	r = call(bus, id, &request, &error);
	if (r == -EINVAL && !sd_bus_error_is_set(&error))
		return cli_fail(cli, CLI_USAGE, "Usage", "a priority and a process's id are numbers");
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot change tracer %u", id);
	if (cli->json) {
		_cleanup_(json_object_putp) json_object *nothing = json_object_new_object();

		cli_print_json(nothing);
	}
	return CLI_DONE;
}
