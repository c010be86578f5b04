/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PROGRAMS_H
#define LIVEPATCHD_CLI_PROGRAMS_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"

/**
 * cli_add_programs - give tracers of kind bpf their "program" and "maps"; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @tracers: array of tracers
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_add_programs(const struct cli *cli, sd_bus *bus, json_object *tracers);

/* Does a tracer run one of the BPF programs that come with livepatchd? */
bool cli_has_results(json_object *tracer);

/**
 * cli_add_results - give such a tracer its "processes" or "stacks"; tells errors
 * @cli: how to print errors
 * @bus: the connection
 * @tracer: the tracer
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_add_results(const struct cli *cli, sd_bus *bus, json_object *tracer);

/* Prints them, for people. Returns the exit code. */
int cli_print_results(const struct cli *cli, json_object *tracer);

/* Which maps a program has: "processes 12 (percpu_hash), ...". */
void cli_maps_text(char *buf, size_t size, json_object *maps);

#endif
