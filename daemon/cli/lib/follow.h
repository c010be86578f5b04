/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_FOLLOW_H
#define LIVEPATCHD_CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "cli/lib/cli.h"
#include "cli/lib/event.h"
#include "cli/lib/mirror.h"
#include "cli/lib/progress.h"

/**
 * struct cli_follow - wait by events until something has come true of livepatchd's objects
 * @mirror: the objects
 * @progress: for @is_over to show
 */
struct cli_follow {
	struct cli_mirror *mirror;
	struct cli_progress progress;

	/* private */
	sd_bus *bus;
	sd_event *event;
	sd_event_source *patience;
	sd_event_source *timeout;
	sd_bus_error error;
	bool (*is_over)(void *userdata);
	void *userdata;
};

/**
 * cli_follow_begin - from now on no change is missed
 * @f: all zero
 * @cli: whether to show progress
 * @bus: the connection
 *
 * Return: 0 or a negative errno.
 */
int cli_follow_begin(struct cli_follow *f, const struct cli *cli, sd_bus *bus);
void cli_follow_done(struct cli_follow *f);

/**
 * cli_follow_set_timeout - give up when this time has passed from now; later calls do nothing
 * @f: the follower
 * @usec: how long; 0: forever
 *
 * Return: 0 or a negative errno.
 */
int cli_follow_set_timeout(struct cli_follow *f, uint64_t usec);

/**
 * cli_follow_run - wait; lives through a restart of livepatchd
 * @f: the follower
 * @is_over: asked whenever the objects have changed
 * @userdata: passed to @is_over
 *
 * Return: an enum cli_end or a negative errno.
 */
int cli_follow_run(struct cli_follow *f, bool (*is_over)(void *userdata), void *userdata);

/**
 * cli_follow_fail - tell why following ended before its time
 * @f: the follower
 * @cli: text or JSON
 * @end: what cli_follow_run() returned, but not CLI_END_OVER or CLI_END_TIMED_OUT
 * @what: what was waited for, such as "the transition of foo"
 *
 * Return: the exit code.
 */
int cli_follow_fail(const struct cli_follow *f, const struct cli *cli, int end, const char *what);

#endif
