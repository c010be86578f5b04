// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "cli/lib/event.h"
#include "util/util.h"

/* Without a handler sd-event ends the loop with the number that stands in the userdata. */
static void *end_ptr(int end)
{
	return (void *)(intptr_t)end;
}

int cli_event_end_in(sd_event *event, uint64_t usec, int end, sd_event_source **ret)
{
	return sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, usec, 0, NULL, end_ptr(end));
}

static const int signals[] = { SIGINT, SIGTERM };

int cli_hold_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ELEMENTSOF(signals); i++)
		(void)sigaddset(&set, signals[i]);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

int cli_event_catch_signals(sd_event *event)
{
	int r;

	r = cli_hold_signals();
	for (size_t i = 0; i < ELEMENTSOF(signals) && r >= 0; i++)
		r = sd_event_add_signal(event, NULL, signals[i], NULL,
					end_ptr(CLI_END_SIGNAL + signals[i]));
	return r < 0 ? r : 0;
}

int cli_event_run(sd_event *event, sd_bus *bus)
{
	int r;

	r = cli_event_catch_signals(event);
	if (r < 0)
		return r;
	r = sd_bus_set_exit_on_disconnect(bus, true);
	if (r < 0)
		return r;
	r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return r;
	r = sd_event_loop(event);
	(void)sd_bus_detach_event(bus);
	return r;
}
