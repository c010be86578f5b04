// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/verbs/kind.h"
#include "cli/verbs/tracers.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

struct request {
	char **functions;
	const char *kind;
	int32_t priority;
	int32_t pid;
	const char *comm;
	const char *strategy;
	bool held;
	uint64_t for_usec;
};

static int call(sd_bus *bus, const struct request *request, sd_bus_error *ret_error,
		json_object **ret)
{
	static const struct cli_shape tracer[] = { { "id", NULL }, { "function", NULL }, {} };
	static const struct cli_shape refusal[] = { { "function", NULL }, { "reason", NULL }, {} };
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(json_object_putp) json_object *o = NULL;
	json_object *tracers, *refused;
	int r;

	r = cli_new_manager_call(bus, "Trace", &message);
	if (r < 0)
		return r;
	r = sd_bus_message_append_strv(message, request->functions);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(message, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(message, "{sv}{sv}", "kind", "s", request->kind, "priority", "i",
					  request->priority);
	if (r >= 0 && request->pid)
		r = sd_bus_message_append(message, "{sv}", "pid", "u", (uint32_t)request->pid);
	if (r >= 0)
		r = cli_append_option(message, "comm", request->comm);
	if (r >= 0)
		r = cli_append_option(message, "strategy", request->strategy);
	if (r >= 0 && request->held)
		r = sd_bus_message_append(message, "{sv}", "until-exit", "b", true);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r < 0)
		return r;
	r = cli_call(bus, message, ret_error, &reply);
	if (r < 0)
		return r;

	o = json_object_new_object();
	r = cli_json_read(reply, tracer, &tracers);
	if (r < 0)
		return r;
	(void)json_object_object_add(o, "tracers", tracers);
	r = cli_json_read(reply, refusal, &refused);
	if (r < 0)
		return r;
	(void)json_object_object_add(o, "refused", refused);

	*ret = TAKE_PTR(o);
	return 0;
}

static void print(json_object *tracers, json_object *refused)
{
	for (size_t i = 0; i < json_object_array_length(tracers); i++) {
		json_object *tracer = json_object_array_get_idx(tracers, i);

		printf("%" PRIu64 "  %s\n", cli_json_uint(tracer, "id"),
		       cli_json_string(tracer, "function"));
	}
	(void)fflush(stdout);

	for (size_t i = 0; i < json_object_array_length(refused); i++) {
		json_object *refusal = json_object_array_get_idx(refused, i);

		(void)fprintf(stderr, "livepatchd: cannot trace %s: %s\n",
			      cli_json_string(refusal, "function"),
			      cli_json_string(refusal, "reason"));
	}
}

static int parse_for(const char *value, void *to)
{
	struct request *request = to;

	request->held = true;
	return cli_parse_time(value, &request->for_usec);
}

int cli_trace(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "FUNCTION|PATTERN...",
		.description =
			"Attaches a tracer to each FUNCTION, written [MODULE:]SYMBOL[,SYMPOS], and to each function\n"
			"that matches PATTERN, [MODULE:]SYMBOL with *, ? and []; prints the tracers' ids.\n"
			"With --for or --until-exit it stays, and in the end prints the counts and removes the\n"
			"tracers; if it dies, or its connection does, they are removed, too.\n",
		.min = 1,
		.max = INT_MAX,
	};
	const char *typed = "count";
	struct request request = { 0 };
	const struct cli_option options[] = {
		{ "kind", 0, "KIND", "what the tracer does: count (default), event, latency, or bpf:FILE[:PROGRAM]",
		  cli_parse_string, &typed },
		{ "priority", 0, "N", "lower ones run earlier (default: 0)", cli_parse_int,
		  &request.priority },
		{ "pid", 0, "PID", "see only what this process calls", cli_parse_int, &request.pid },
		{ "comm", 0, "NAME", "see only what tasks of this name call", cli_parse_string, &request.comm },
		{ "for", 0, "TIME", "trace for so long, such as 10s", parse_for, &request },
		{ "until-exit", 0, NULL, "trace until this program ends", cli_parse_flag, &request.held },
		{ "strategy", 0, "STRATEGY", CLI_STRATEGY_HELP, cli_parse_string, &request.strategy },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *result = NULL;
	_cleanup_free_ char *kind = NULL;
	json_object *refused;
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	request.functions = argv;
	r = cli_name_kind(cli, typed, &kind);
	if (r != CLI_DONE)
		return r;
	request.kind = kind;

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = call(bus, &request, &error, &result);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot trace %s%s", argv[0],
				    argc > 1 ? " and the others" : "");

	/* Who reads what is printed now may want the end at once. */
	r = request.held ? cli_hold_signals() : 0;
	if (r < 0)
		return cli_fail_bus(cli, NULL, r, "cannot wait");

	refused = cli_json_get(result, "refused");
	if (cli->json && request.held)
		cli_print_json_line(result);
	else if (cli->json)
		cli_print_json(result);
	else
		print(cli_json_get(result, "tracers"), refused);
	r = request.held ? cli_hold_tracers(cli, bus, cli_json_get(result, "tracers"), request.for_usec) :
			   CLI_DONE;
	return r == CLI_DONE && json_object_array_length(refused) ? CLI_FAILED : r;
}
