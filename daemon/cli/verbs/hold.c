// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "cli/lib/bus.h"
#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/query.h"
#include "cli/verbs/latency.h"
#include "cli/verbs/tracers.h"
#include "util/util.h"

static const char *id_of(json_object *tracers, size_t i)
{
	return cli_json_string(json_object_array_get_idx(tracers, i), "id");
}

/* Those of @all that are among @ours, with their counts. */
static json_object *pick(json_object *all, json_object *ours)
{
	_cleanup_(json_object_putp) json_object *ids = json_object_new_object();
	json_object *picked = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(ours); i++)
		(void)json_object_object_add(ids, id_of(ours, i), NULL);
	for (size_t i = 0; i < json_object_array_length(all); i++)
		if (json_object_object_get_ex(ids, id_of(all, i), NULL))
			(void)json_object_array_add(picked, json_object_get(json_object_array_get_idx(all, i)));
	return picked;
}

static int untrace(const struct cli *cli, sd_bus *bus, json_object *tracers)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	size_t n = json_object_array_length(tracers);
	_cleanup_free_ uint32_t *ids = calloc(n ?: 1, sizeof(*ids));
	int r;

	if (!ids)
		return cli_fail_memory(cli);
	for (size_t i = 0; i < n; i++)
		ids[i] = (uint32_t)cli_json_uint(json_object_array_get_idx(tracers, i), "id");
	r = n > 0 ? cli_call_untrace(bus, ids, n, false, NULL, &error) : 0;
	/* Somebody else has removed one: the others go when we have left. */
	if (r < 0 && !sd_bus_error_has_name(&error, CLI_BUS_NAME ".Error.NoSuchTracer"))
		return cli_fail_bus(cli, &error, r, "cannot remove the tracers");
	return CLI_DONE;
}

static int settle(const struct cli *cli, sd_bus *bus, json_object *tracers)
{
	_cleanup_(json_object_putp) json_object *all = NULL, *counts = NULL, *o = NULL;
	int r;

	r = cli_query_tracers(cli, bus, &all);
	if (r != CLI_DONE)
		return r;
	counts = pick(all, tracers);
	r = untrace(cli, bus, counts);
	if (r != CLI_DONE)
		return r;
	if (!cli->json) {
		r = cli_print_tracers(cli, counts);
		for (size_t i = 0; i < json_object_array_length(counts); i++)
			cli_print_latency(json_object_array_get_idx(counts, i));
		return r;
	}
	o = json_object_new_object();
	(void)json_object_object_add(o, "counts", json_object_get(counts));
	cli_print_json_line(o);
	return CLI_DONE;
}

static int on_hangup(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)fd, (void)revents, (void)userdata;
	return sd_event_exit(sd_event_source_get_event(source), CLI_END_DISCONNECTED);
}

/* The bus has nothing to say meanwhile but that it is gone; and it is wanted when the loop is over. */
static int wait_for_end(sd_bus *bus, uint64_t usec)
{
	_cleanup_(sd_event_source_unrefp) sd_event_source *over = NULL, *hangup = NULL;
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	int r;

	r = sd_event_new(&event);
	if (r >= 0)
		r = cli_event_catch_signals(event);
	if (r >= 0)
		r = sd_event_add_io(event, &hangup, sd_bus_get_fd(bus), EPOLLRDHUP, on_hangup, NULL);
	if (r >= 0 && usec > 0)
		r = cli_event_end_in(event, usec, CLI_END_OVER, &over);
	return r < 0 ? r : sd_event_loop(event);
}

int cli_hold_tracers(const struct cli *cli, sd_bus *bus, json_object *tracers, uint64_t usec)
{
	int end, r;

	end = wait_for_end(bus, usec);
	if (end < 0)
		return cli_fail_bus(cli, NULL, end, "cannot wait");
	if (end == CLI_END_DISCONNECTED)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"the connection to the system bus broke, and so the tracers are removed");
	r = settle(cli, bus, tracers);
	if (r != CLI_DONE)
		return r;
	return usec > 0 ? end : CLI_DONE;
}
