/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_LATENCY_H
#define LIVEPATCHD_CLI_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/**
 * cli_ns_text - a short time for people
 * @buf: gets "512ns", "1.02us", "33.6ms"
 * @size: of @buf
 */
void cli_ns_text(char *buf, size_t size, uint64_t ns);

/**
 * cli_print_latency - how long calls took, a histogram for each body
 * @tracer: with its counters; one of another kind has none
 */
void cli_print_latency(json_object *tracer);

#endif
