// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/ids.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/verbs/kind.h"
#include "cli/verbs/verbs.h"
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

static int call(sd_bus *bus, const uint32_t *ids, size_t n, const struct request *request, sd_bus_error *ret_error,
		sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = cli_new_manager_call(bus, "Retrace", &message);
	if (r >= 0)
		r = sd_bus_message_append_array(message, 'u', ids, n * sizeof(*ids));
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
	return cli_call(bus, message, ret_error, ret_reply);
}

/* Some have changed; what of the others? */
static int tell(const struct cli *cli, sd_bus_message *reply)
{
	static const struct cli_shape refused_shape[] = { { "id", NULL }, { "reason", NULL }, {} };
	_cleanup_(json_object_putp) json_object *refused = NULL, *o = json_object_new_object();
	size_t n;
	int r;

	r = cli_json_read(reply, refused_shape, &refused);
	if (r < 0)
		return cli_fail_bus(cli, NULL, r, "cannot tell which tracers have changed");
	n = json_object_array_length(refused);
	(void)json_object_object_add(o, "refused", json_object_get(refused));
	if (cli->json)
		cli_print_json(o);
	for (size_t i = 0; !cli->json && i < n; i++) {
		json_object *item = json_object_array_get_idx(refused, i);

		(void)fprintf(stderr, "livepatchd: cannot change tracer %" PRIu64 ": %s\n", cli_json_uint(item, "id"),
			      cli_json_string(item, "reason"));
	}
	return n == 0 ? CLI_DONE : CLI_FAILED;
}

int cli_retrace(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "ID...",
		.description =
			"Changes tracers, which keep their ids and their counters. Each call runs them once: as they\n"
			"were, or as they are from some call on. What is not named stays as it is. If one of the ids\n"
			"is unknown, none is changed.\n",
		.min = 1,
		.max = INT_MAX,
	};
	struct request request = { 0 };
	const struct cli_option options[] = {
		{ "kind", 0, "KIND", "what the tracers do, as for trace", cli_parse_string, &request.kind },
		{ "priority", 0, "N", "lower ones run earlier", cli_parse_string, &request.priority },
		{ "pid", 0, "PID", "see only what this process calls; 0: any", cli_parse_string, &request.pid },
		{ "comm", 0, "NAME", "see only what tasks of this name call; empty: any", cli_parse_string,
		  &request.comm },
		{ "strategy", 0, "STRATEGY", CLI_STRATEGY_HELP, cli_parse_string, &request.strategy },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_free_ uint32_t *ids = NULL;
	_cleanup_free_ char *kind = NULL;
	size_t n;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	n = (size_t)argc;
	r = cli_read_ids(cli, argv, argc, &ids);
	if (r == CLI_DONE && request.kind) {
		r = cli_name_kind(cli, request.kind, &kind);
		request.kind = kind;
	}
	if (r == CLI_DONE)
		r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;
	r = call(bus, ids, n, &request, &error, &reply);
	if (r == -EINVAL && !sd_bus_error_is_set(&error))
		return cli_fail(cli, CLI_USAGE, "Usage", "a priority and a process's id are numbers");
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot change tracer %u%s", ids[0], n > 1 ? " and others" : "");
	return tell(cli, reply);
}
