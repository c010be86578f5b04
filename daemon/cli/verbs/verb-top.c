// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/lib/bus.h"
#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/mirror.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/rates.h"
#include "cli/lib/table.h"
#include "cli/lib/terminal.h"
#include "cli/lib/text.h"
#include "cli/verbs/verbs.h"
#include "util/time-util.h"
#include "util/util.h"

#define HOME "\x1b[H"
#define CLEAR_BELOW "\x1b[J"

/* How much longer than wanted an interval may be. */
#define ACCURACY (10 * USEC_PER_MSEC)

enum {
	/* Where there is no terminal that has a height. */
	DEFAULT_LINES = 20,
};

/**
 * struct top - what is shown, again and again
 * @interval: usec between two looks
 * @count: so many times; 0: until it is interrupted
 * @lines: that many tracers; 0: as many as fit
 * @redraws: standard output is a terminal
 * @mirror: livepatchd's objects, for the transition that runs
 * @timer: the next look
 * @call: the look under way
 * @before: the tracers at the last look; NULL: there was none
 * @looked: when that was, CLOCK_MONOTONIC
 * @error: why it cannot go on
 */
struct top {
	const struct cli *cli;
	uint64_t interval;
	int32_t count;
	int32_t lines;
	bool redraws;
	sd_bus *bus;
	sd_event *event;
	struct cli_mirror *mirror;
	sd_event_source *timer;
	sd_bus_slot *call;
	json_object *before;
	uint64_t looked;
	sd_bus_error error;
};

static void top_done(struct top *top)
{
	sd_bus_slot_unref(top->call);
	sd_event_source_disable_unref(top->timer);
	top->mirror = cli_mirror_free(top->mirror);
	(void)json_object_put(top->before);
	sd_event_unref(top->event);
	sd_bus_error_free(&top->error);
}

/* ---------------------------------------------------------------- showing */

static void print_json(struct top *top, json_object *rates, uint64_t usec)
{
	_cleanup_(json_object_putp) json_object *o = json_object_new_object(), *status = cli_mirror_status(top->mirror);

	(void)json_object_object_add(o, "time", json_object_new_uint64(lpd_now_realtime()));
	(void)json_object_object_add(o, "interval_ms", json_object_new_uint64(usec / USEC_PER_MSEC));
	cli_json_copy(o, "state", status, "state");
	cli_json_copy(o, "transition", status, "transition");
	(void)json_object_object_add(o, "tracers", json_object_get(rates));
	cli_print_json_line(o);
}

/* What does not fit onto the terminal is left out, the least busy first. */
static size_t lines_to_show(const struct top *top)
{
	unsigned int height = cli_terminal_height(stdout);

	if (top->lines > 0)
		return (size_t)top->lines;
	if (!top->redraws)
		return DEFAULT_LINES;
	/* The head, the headings, and the line that the cursor stands in. */
	return height > 4 ? height - 4 : 1;
}

static void print_head(struct top *top, size_t shown, size_t all)
{
	json_object *transition = cli_mirror_current(top->mirror);
	char text[512];

	cli_time_text(text, sizeof(text), lpd_now_realtime());
	printf("%s  %zu tracer%s", text, all, all == 1 ? "" : "s");
	if (shown < all)
		printf(", the busiest %zu", shown);
	if (transition) {
		cli_progress_text(text, sizeof(text), transition);
		printf("  %s", text);
	}
	printf("\n");
}

static int print_rates(struct top *top, json_object *rates)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new(">ID FUNCTION >HITS >HITS/S BODIES/S");
	size_t all = json_object_array_length(rates), shown = lines_to_show(top);
	char bodies[512];

	if (!table)
		return -ENOMEM;
	shown = shown < all ? shown : all;
	cli_rates_sort(rates);
	for (size_t i = 0; i < shown; i++) {
		json_object *tracer = json_object_array_get_idx(rates, i);

		cli_rates_text(bodies, sizeof(bodies), cli_json_get(tracer, "bodies"));
		cli_table_add(table, "%" PRIu64, cli_json_uint(tracer, "id"));
		cli_table_add(table, "%s", cli_json_string(tracer, "function"));
		cli_table_add(table, "%" PRIu64, cli_json_uint(tracer, "hits"));
		cli_table_add(table, "%.1f", cli_json_double(tracer, "rate"));
		cli_table_add(table, "%s", bodies);
	}
	/* What is left of longer lines goes with all that is below. */
	if (top->redraws)
		printf(HOME CLEAR_BELOW);
	print_head(top, shown, all);
	if (shown > 0 && cli_table_print(table, stdout, false) < 0)
		return -ENOMEM;
	(void)fflush(stdout);
	return 0;
}

/* ---------------------------------------------------------------- looking */

static int show(struct top *top, json_object *now, uint64_t usec)
{
	_cleanup_(json_object_putp) json_object *rates = cli_rates(top->before, now, usec);
	int r = 0;

	if (top->cli->json)
		print_json(top, rates, usec);
	else
		r = print_rates(top, rates);
	if (r >= 0 && top->count > 0 && --top->count == 0)
		(void)sd_event_exit(top->event, CLI_END_OVER);
	return r;
}

static int on_listed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct top *top = userdata;
	uint64_t at = lpd_now_monotonic();
	json_object *now;
	int r = 0;

	(void)ret_error;
	top->call = sd_bus_slot_unref(top->call);
	if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NO_REPLY) ||
	    sd_bus_message_is_method_error(reply, SD_BUS_ERROR_SERVICE_UNKNOWN))
		return 0; /* livepatchd went away: it is looked for when it is back */
	if (sd_bus_message_is_method_error(reply, NULL)) {
		(void)sd_bus_error_copy(&top->error, sd_bus_message_get_error(reply));
		return sd_event_exit(top->event, CLI_END_ERROR);
	}
	r = cli_read_tracers(reply, &now);
	if (r >= 0 && top->before)
		r = show(top, now, at - top->looked);
	if (r < 0)
		return sd_event_exit(top->event, r);
	(void)json_object_put(top->before);
	top->before = now;
	top->looked = at;
	return 0;
}

static void look(struct top *top)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	if (top->call)
		return;
	r = cli_new_manager_call(top->bus, "ListTracers", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 0);
	if (r >= 0)
		r = sd_bus_call_async(top->bus, &top->call, message, on_listed, top, UINT64_MAX);
	if (r < 0)
		(void)sd_event_exit(top->event, r);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct top *top = userdata;

	(void)usec;
	look(top);
	(void)sd_event_source_set_time_relative(source, top->interval);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void on_loaded(void *userdata)
{
	struct top *top = userdata;

	look(top);
	(void)sd_event_source_set_time_relative(top->timer, top->interval);
	(void)sd_event_source_set_enabled(top->timer, SD_EVENT_ONESHOT);
}

static void on_changed(enum cli_kind kind, const char *path, json_object *object, void *userdata)
{
	(void)kind, (void)path, (void)object, (void)userdata;
}

static void on_gone(void *userdata)
{
	struct top *top = userdata;

	top->call = sd_bus_slot_unref(top->call);
	(void)sd_event_source_set_enabled(top->timer, SD_EVENT_OFF);
}

static void on_failed(const sd_bus_error *error, void *userdata)
{
	struct top *top = userdata;

	(void)sd_bus_error_copy(&top->error, error);
	(void)sd_event_exit(top->event, CLI_END_ERROR);
}

static int run(struct top *top)
{
	int r;

	r = sd_event_new(&top->event);
	if (r >= 0)
		r = sd_event_add_time_relative(top->event, &top->timer, CLOCK_MONOTONIC, 0, ACCURACY, on_timer, top);
	if (r >= 0)
		r = sd_event_source_set_enabled(top->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = cli_mirror_new(top->bus, &top->mirror);
	if (r < 0)
		return r;
	r = cli_mirror_watch(top->mirror, &(struct cli_mirror_events){
						  .loaded = on_loaded,
						  .changed = on_changed,
						  .gone = on_gone,
						  .failed = on_failed,
						  .userdata = top,
					  });
	if (r < 0)
		return r;
	r = cli_mirror_fetch(top->mirror);
	return r < 0 ? r : cli_event_run(top->event, top->bus);
}

int cli_top(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description =
			"Shows how often each tracer is hit, and which bodies those calls run: on a terminal a\n"
			"table that is drawn again and again, elsewhere one after the other, with --json a line\n"
			"each. The busiest come first. It ends when it is interrupted.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(top_done) struct top top = {
		.cli = cli,
		.interval = USEC_PER_SEC,
	};
	const struct cli_option options[] = {
		{ "interval", 0, "TIME", "how long each is (default: 1s)", cli_parse_time, &top.interval },
		{ "count", 0, "N", "end after so many (default: 0, never)", cli_parse_int, &top.count },
		{ "limit", 0, "N", "show so many tracers (default: 20, or what fits)", cli_parse_int, &top.lines },
		{},
	};
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (top.interval == 0 || top.count < 0 || top.lines < 0)
		return cli_fail(cli, CLI_USAGE, "Usage",
				"top wants an interval that ends, and no negative numbers; see livepatchd top --help");

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;
	top.bus = bus;
	top.redraws = !cli->json && isatty(STDOUT_FILENO);
	r = run(&top);
	if (r < 0 || r == CLI_END_ERROR)
		return cli_fail_bus(cli, &top.error, r, "cannot watch the tracers");
	if (r == CLI_END_DISCONNECTED)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot watch the tracers: the connection to the system bus broke");
	return CLI_DONE;
}
