/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_EVENT_H
#define LIVEPATCHD_CLI_EVENT_H

#include <stdlib.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/**
 * enum cli_end - why an event loop came to its end
 * @CLI_END_OVER: what was waited for has come
 * @CLI_END_DISCONNECTED: the bus is gone; sd-bus ends the loop with this very number
 * @CLI_END_TIMED_OUT: the time is up
 * @CLI_END_LOST: livepatchd left the bus and did not come back
 * @CLI_END_ERROR: livepatchd's objects cannot be read
 * @CLI_END_SIGNAL: plus the signal's number, as a shell has it
 */
enum cli_end {
	CLI_END_OVER,
	CLI_END_DISCONNECTED = EXIT_FAILURE,
	CLI_END_TIMED_OUT,
	CLI_END_LOST,
	CLI_END_ERROR,
	CLI_END_SIGNAL = 128,
};

/**
 * cli_event_end_in - end the loop after a while
 * @event: the loop
 * @usec: the while
 * @end: an enum cli_end
 * @ret: as long as this source lives
 *
 * Return: 0 or a negative errno.
 */
int cli_event_end_in(sd_event *event, uint64_t usec, int end, sd_event_source **ret);

/* From here on SIGINT and SIGTERM wait for the loop that catches them. Returns 0 or a negative errno. */
int cli_hold_signals(void);

/* From here on SIGINT and SIGTERM end the loop, not the program. Returns 0 or a negative errno. */
int cli_event_catch_signals(sd_event *event);

/**
 * cli_event_run - run the loop until something, a signal or the loss of the bus ends it
 * @event: the loop
 * @bus: the connection; closed with the loop
 *
 * cli_event_catch_signals() comes first.
 *
 * Return: an enum cli_end or a negative errno.
 */
int cli_event_run(sd_event *event, sd_bus *bus);

#endif
