/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_TRACERS_H
#define LIVEPATCHD_CLI_TRACERS_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"

/* Prints an array of tracers as the verb tracers does. Returns the exit code. */
int cli_print_tracers(const struct cli *cli, json_object *tracers);

/**
 * cli_call_untrace - have tracers removed
 * @bus: the connection
 * @ids: the tracers
 * @n: how many
 * @all: all there are, @n is 0
 * @strategy: how traps go on meanwhile; NULL: the default
 * @ret_error: the error reply
 *
 * Return: 0 or a negative errno.
 */
int cli_call_untrace(sd_bus *bus, const uint32_t *ids, size_t n, bool all, const char *strategy,
		     sd_bus_error *ret_error);

/**
 * cli_hold_tracers - keep the tracers that "until-exit" ties to this connection; in the end print
 *	their counts and remove them
 * @cli: how to print
 * @bus: the connection
 * @tracers: array of {id, ...}
 * @usec: for so long; 0: until a signal comes
 *
 * Return: the exit code; a signal that comes before the time is over makes it 128 plus its number.
 */
int cli_hold_tracers(const struct cli *cli, sd_bus *bus, json_object *tracers, uint64_t usec);

#endif
