// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/mirror.h"
#include "cli/lib/options.h"
#include "cli/lib/text.h"
#include "cli/verbs/hits.h"
#include "cli/verbs/verbs.h"
#include "util/time-util.h"
#include "util/util.h"

struct monitor {
	const struct cli *cli;
	sd_event *event;
	struct cli_mirror *mirror;
	sd_bus_error error;
};

static void monitor_done(struct monitor *m)
{
	m->mirror = cli_mirror_free(m->mirror);
	m->event = sd_event_unref(m->event);
	sd_bus_error_free(&m->error);
}

static const char *const kinds[CLI_N_KINDS] = {
	[CLI_MANAGER] = "manager",
	[CLI_PATCH] = "patch",
	[CLI_TRACER] = "tracer",
	[CLI_TRANSITION] = "transition",
};

/* One line of JSON; livepatchd itself has neither path nor object. */
static void print_json(const char *kind, const char *event, const char *path, json_object *object)
{
	_cleanup_(json_object_putp) json_object *o = json_object_new_object();

	(void)json_object_object_add(o, "time", json_object_new_uint64(lpd_now_realtime()));
	(void)json_object_object_add(o, "kind", json_object_new_string(kind));
	(void)json_object_object_add(o, "event", json_object_new_string(event));
	(void)json_object_object_add(o, "path", path ? json_object_new_string(path) : NULL);
	(void)json_object_object_add(o, "object", json_object_get(object));
	cli_print_json_line(o);
}

static void print_time(void)
{
	char text[64];

	cli_time_text(text, sizeof(text), lpd_now_realtime());
	printf("%s  ", text);
}

static void print_object(enum cli_kind kind, json_object *o)
{
	const char *state = cli_json_string(o, "state");
	const char *message = cli_json_string(o, "message");
	char text[512];

	switch (kind) {
	case CLI_PATCH:
		printf("patch %s is %s\n", cli_json_string(o, "name"), state);
		break;
	case CLI_TRACER:
		printf("tracer %" PRIu64 " on %s is %s\n", cli_json_uint(o, "id"),
		       cli_json_string(o, "function"), state);
		break;
	case CLI_TRANSITION:
		cli_progress_text(text, sizeof(text), o);
		if (cli_state_is_pending(state))
			printf("transition %" PRIu64 ": %s\n", cli_json_uint(o, "id"), text);
		else
			printf("transition %" PRIu64 " (%s %s) is %s%s%s\n", cli_json_uint(o, "id"),
			       cli_json_string(o, "kind"), cli_json_string(o, "subject"), state,
			       *message ? ": " : "", message);
		break;
	default:
		printf("livepatchd is %s, the helper is %sloaded\n", state,
		       cli_json_bool(o, "helper_loaded") ? "" : "not ");
	}
}

static void on_changed(enum cli_kind kind, const char *path, json_object *object, void *userdata)
{
	struct monitor *m = userdata;

	if (m->cli->json) {
		_cleanup_(json_object_putp) json_object *status = NULL;

		if (kind == CLI_MANAGER)
			object = status = cli_mirror_status(m->mirror);
		print_json(kinds[kind], object ? "changed" : "removed", path, object);
		return;
	}

	print_time();
	if (object)
		print_object(kind, object);
	else
		printf("%s is gone\n", path + sizeof(CLI_BUS_PATH));
	(void)fflush(stdout);
}

static void tell_livepatchd(const struct monitor *m, const char *event, const char *text)
{
	if (m->cli->json) {
		print_json("livepatchd", event, NULL, NULL);
		return;
	}
	print_time();
	printf("%s\n", text);
	(void)fflush(stdout);
}

static void on_loaded(void *userdata)
{
	tell_livepatchd(userdata, "up", "watching livepatchd");
}

static void on_gone(void *userdata)
{
	tell_livepatchd(userdata, "down", "livepatchd went away; waiting for it to come back");
}

static void on_failed(const sd_bus_error *error, void *userdata)
{
	struct monitor *m = userdata;

	(void)sd_bus_error_copy(&m->error, error);
	(void)sd_event_exit(m->event, CLI_END_ERROR);
}

static int run(struct monitor *m, sd_bus *bus)
{
	int r;

	r = sd_event_new(&m->event);
	if (r < 0)
		return r;
	r = cli_mirror_new(bus, &m->mirror);
	if (r < 0)
		return r;
	r = cli_mirror_watch(m->mirror, &(struct cli_mirror_events){
						.loaded = on_loaded,
						.changed = on_changed,
						.gone = on_gone,
						.failed = on_failed,
						.userdata = m,
					});
	if (r < 0)
		return r;
	r = cli_mirror_fetch(m->mirror);
	if (r < 0)
		return r;
	return cli_event_run(m->event, bus);
}

int cli_monitor(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[--events [TRACER...]]",
		.description =
			"Prints every change as it happens, until it is interrupted, or each hit of the tracers of\n"
			"kind event. With --json each line is one object.\n",
		.max = INT_MAX,
	};
	bool events = false;
	const struct cli_option options[] = {
		{ "events", 0, NULL, "print hits instead, of these tracers, or of all", cli_parse_flag, &events },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(monitor_done) struct monitor m = { .cli = cli };
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (events)
		return cli_hits_follow(cli, argv, argc);
	if (argc > 0)
		return cli_fail(cli, CLI_USAGE, "Usage", "monitor takes tracers only with --events");

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = run(&m, bus);
	if (r < 0 || r == CLI_END_ERROR)
		return cli_fail_bus(cli, &m.error, r, "cannot watch livepatchd");
	if (r == CLI_END_DISCONNECTED)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot watch livepatchd: the connection to the system bus broke");
	return CLI_DONE;
}
