/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_QUERY_H
#define LIVEPATCHD_CLI_QUERY_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"
#include "cli/lib/mirror.h"

/**
 * cli_query - read all of livepatchd's objects; tells errors
 * @cli: whom to ask
 * @ret_bus: the connection
 * @ret_mirror: the objects
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query(const struct cli *cli, sd_bus **ret_bus, struct cli_mirror **ret_mirror);

/**
 * cli_query_tracers - the tracers with their counters of now; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @ret: array of {id, function, kind, priority, backend, hits, bodies}
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query_tracers(const struct cli *cli, sd_bus *bus, json_object **ret);

/* Reads the reply to ListTracers, into the same array. Returns 1, or a negative errno. */
int cli_read_tracers(sd_bus_message *reply, json_object **ret);

/**
 * cli_query_blockers - the tasks that transitions of patches wait for; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @ret: array of {patch, pid, tid, comm, reason, function, age_ms}
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query_blockers(const struct cli *cli, sd_bus *bus, json_object **ret);

/**
 * cli_query_functions - the functions that have a trampoline; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @ret: array of {function, state, backend, tracers, bodies}
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query_functions(const struct cli *cli, sd_bus *bus, json_object **ret);

/**
 * cli_query_peers - who is on functions; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @patterns: of the functions
 * @n: how many
 * @ret_functions: array of {function, winner, unless, peers, conflicts, ftrace}
 * @ret_unseen: array of strings, what livepatchd could not look at
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query_peers(const struct cli *cli, sd_bus *bus, char **patterns, int n, json_object **ret_functions,
		    json_object **ret_unseen);

/**
 * cli_query_history - what was done to the livepatches; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @limit: that many, the latest ones
 * @ret: array, see docs/cli.md
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_query_history(const struct cli *cli, sd_bus *bus, uint32_t limit, json_object **ret);

#endif
