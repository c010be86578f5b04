// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/query.h"
#include "util/util.h"

static const struct cli_shape body[] = { { "body", NULL }, { "hits", NULL }, {} };

static const struct cli_shape bucket[] = { { "ns", NULL }, { "calls", NULL }, {} };

static const struct cli_shape latency[] = { { "body", NULL }, { "buckets", bucket }, {} };

static const struct cli_shape tracer[] = {
	{ "id", NULL },
	{ "function", NULL },
	{ "kind", NULL },
	{ "priority", NULL },
	{ "backend", NULL },
	{ "hits", NULL },
	{ "bodies", body },
	{ "pid", NULL },
	{ "comm", NULL },
	{ "missed", NULL },
	{ "latency", latency },
	{},
};

static const struct cli_shape function[] = {
	{ "function", NULL },
	{ "state", NULL },
	{ "backend", NULL },
	{ "tracers", NULL },
	{ "bodies", body },
	{},
};

static const struct cli_shape blocker[] = {
	{ "patch", NULL },
	{ "pid", NULL },
	{ "tid", NULL },
	{ "comm", NULL },
	{ "reason", NULL },
	{ "function", NULL },
	{ "age_usec", NULL },
	{ "unit", NULL },
	{ "kernel_thread", NULL },
	{ "way_out", NULL },
	{},
};

static const struct cli_shape peer[] = {
	{ "kind", NULL },
	{ "name", NULL },
	{ "class", NULL },
	{ "active", NULL },
	{ "files", NULL },
	{ "misfiles", NULL },
	{ "detail", NULL },
	{ "detach", NULL },
	{},
};

static const struct cli_shape ftrace[] = { { "ops", NULL }, { "flags", NULL }, { "calls", NULL }, {} };

static const struct cli_shape peers[] = {
	{ "function", NULL },
	{ "winner", NULL },
	{ "unless", NULL },
	{ "peers", peer },
	{ "conflicts", NULL },
	{ "ftrace", ftrace },
	{},
};

static const struct cli_shape history[] = {
	{ "id", NULL },
	{ "kind", NULL },
	{ "subject", NULL },
	{ "state", NULL },
	{ "message", NULL },
	{ "uid", NULL },
	{ "queued_at", NULL },
	{ "started_at", NULL },
	{ "finished_at", NULL },
	{ "boot", NULL },
	{},
};

int cli_query(const struct cli *cli, sd_bus **ret_bus, struct cli_mirror **ret_mirror)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = cli_mirror_new(bus, &mirror);
	if (r >= 0)
		r = cli_mirror_read(mirror, &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot ask livepatchd");

	*ret_bus = TAKE_PTR(bus);
	*ret_mirror = TAKE_PTR(mirror);
	return CLI_DONE;
}

static int query_list(const struct cli *cli, sd_bus *bus, const char *method,
		      const struct cli_shape *members, json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = cli_new_manager_call(bus, method, &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 0);
	if (r >= 0)
		r = cli_call(bus, message, &error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, members, ret);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot ask livepatchd");

	return CLI_DONE;
}

int cli_query_tracers(const struct cli *cli, sd_bus *bus, json_object **ret)
{
	return query_list(cli, bus, "ListTracers", tracer, ret);
}

int cli_read_tracers(sd_bus_message *reply, json_object **ret)
{
	return cli_json_read(reply, tracer, ret);
}

int cli_query_functions(const struct cli *cli, sd_bus *bus, json_object **ret)
{
	return query_list(cli, bus, "ListFunctions", function, ret);
}

int cli_query_blockers(const struct cli *cli, sd_bus *bus, json_object **ret)
{
	int r;

	r = query_list(cli, bus, "ListBlockers", blocker, ret);
	if (r != CLI_DONE)
		return r;
	for (size_t i = 0; i < json_object_array_length(*ret); i++) {
		json_object *o = json_object_array_get_idx(*ret, i);

		json_object_object_add(o, "age_ms", json_object_new_uint64(cli_json_uint(o, "age_usec") / 1000));
		json_object_object_del(o, "age_usec");
	}
	return CLI_DONE;
}

static int append_patterns(sd_bus_message *message, char **patterns, int n)
{
	int r;

	r = sd_bus_message_open_container(message, SD_BUS_TYPE_ARRAY, "s");
	for (int i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(message, "s", patterns[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_append(message, "a{sv}", 0);
}

int cli_query_peers(const struct cli *cli, sd_bus *bus, char **patterns, int n, json_object **ret_functions,
		    json_object **ret_unseen)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *functions = NULL;
	int r;

	r = cli_new_manager_call(bus, "ListPeers", &message);
	if (r >= 0)
		r = append_patterns(message, patterns, n);
	if (r >= 0)
		r = cli_call(bus, message, &error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, peers, &functions);
	if (r >= 0)
		r = cli_json_read(reply, NULL, ret_unseen);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot tell who is on a function");

	*ret_functions = TAKE_PTR(functions);
	return CLI_DONE;
}

int cli_query_history(const struct cli *cli, sd_bus *bus, uint32_t limit, json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = cli_new_manager_call(bus, "History", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 1, "limit", "t", (uint64_t)limit);
	if (r >= 0)
		r = cli_call(bus, message, &error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, history, ret);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot read the history");

	/* On the bus there is no null. */
	for (size_t i = 0; i < json_object_array_length(*ret); i++) {
		json_object *e = json_object_array_get_idx(*ret, i);

		if (cli_json_int(e, "uid") < 0)
			(void)json_object_object_add(e, "uid", NULL);
	}
	return CLI_DONE;
}
