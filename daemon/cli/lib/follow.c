// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/follow.h"
#include "util/time-util.h"
#include "util/util.h"

/* How long a restart of livepatchd may take. */
#define PATIENCE (30 * USEC_PER_SEC)

static void check(struct cli_follow *f)
{
	if (f->is_over(f->userdata))
		(void)sd_event_exit(f->event, CLI_END_OVER);
}

static void on_loaded(void *userdata)
{
	struct cli_follow *f = userdata;

	f->patience = sd_event_source_unref(f->patience);
	check(f);
}

static void on_changed(enum cli_kind kind, const char *path, json_object *object, void *userdata)
{
	(void)kind;
	(void)path;
	(void)object;
	check(userdata);
}

static void on_gone(void *userdata)
{
	struct cli_follow *f = userdata;
	int r;

	cli_progress_clear(&f->progress);
	if (!f->progress.silent)
		(void)fputs("livepatchd went away; waiting for it to come back\n", stderr);

	r = cli_event_end_in(f->event, PATIENCE, CLI_END_LOST, &f->patience);
	if (r < 0)
		(void)sd_event_exit(f->event, r);
}

static void on_failed(const sd_bus_error *error, void *userdata)
{
	struct cli_follow *f = userdata;

	(void)sd_bus_error_copy(&f->error, error);
	(void)sd_event_exit(f->event, CLI_END_ERROR);
}

int cli_follow_begin(struct cli_follow *f, const struct cli *cli, sd_bus *bus)
{
	int r;

	f->bus = sd_bus_ref(bus);
	f->progress.silent = cli->json;

	r = sd_event_new(&f->event);
	if (r < 0)
		return r;
	r = cli_mirror_new(bus, &f->mirror);
	if (r < 0)
		return r;
	return cli_mirror_watch(f->mirror, &(struct cli_mirror_events){
						   .loaded = on_loaded,
						   .changed = on_changed,
						   .gone = on_gone,
						   .failed = on_failed,
						   .userdata = f,
					   });
}

void cli_follow_done(struct cli_follow *f)
{
	cli_progress_clear(&f->progress);
	f->mirror = cli_mirror_free(f->mirror);
	f->timeout = sd_event_source_unref(f->timeout);
	f->patience = sd_event_source_unref(f->patience);
	f->event = sd_event_unref(f->event);
	f->bus = sd_bus_unref(f->bus);
	sd_bus_error_free(&f->error);
}

int cli_follow_set_timeout(struct cli_follow *f, uint64_t usec)
{
	if (!usec || f->timeout)
		return 0;
	return cli_event_end_in(f->event, usec, CLI_END_TIMED_OUT, &f->timeout);
}

int cli_follow_run(struct cli_follow *f, bool (*is_over)(void *userdata), void *userdata)
{
	int r;

	f->is_over = is_over;
	f->userdata = userdata;

	r = cli_mirror_fetch(f->mirror);
	if (r < 0)
		return r;

	r = cli_event_run(f->event, f->bus);
	cli_progress_clear(&f->progress);
	return r;
}

int cli_follow_fail(const struct cli_follow *f, const struct cli *cli, int end, const char *what)
{
	if (end < 0)
		return cli_fail_bus(cli, NULL, end, "cannot wait for %s", what);

	switch (end) {
	case CLI_END_DISCONNECTED:
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot wait for %s: the connection to the system bus broke", what);
	case CLI_END_LOST:
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot wait for %s: livepatchd went away and did not come back; "
				"the kernel goes on without it; see: systemctl status livepatchd",
				what);
	case CLI_END_ERROR:
		return cli_fail_bus(cli, &f->error, 0, "cannot wait for %s", what);
	default:
		return cli_fail(cli, end, "Interrupted",
				"interrupted; what was under way goes on, livepatchd wait waits for it");
	}
}
