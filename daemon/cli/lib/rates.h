/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_RATES_H
#define LIVEPATCHD_CLI_RATES_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/**
 * cli_rates - how often tracers were hit between two looks at them
 * @before: array of tracers, as of the first look
 * @now: likewise, of the second
 * @usec: the time between
 *
 * Return: a new array of {id, function, kind, hits, rate, bodies: [{body, hits, rate}]}, one for each
 *	in @now; rates are hits a second, since it was attached where it is not in @before.
 */
json_object *cli_rates(json_object *before, json_object *now, uint64_t usec);

/* Brings an array of cli_rates() into the order in which people want it: the busiest first. */
void cli_rates_sort(json_object *rates);

/**
 * cli_rates_text - which bodies ran how often a second
 * @buf: gets "original 12.0, patch_a 3.5", "-" if there are none
 * @size: of @buf
 * @bodies: array of {body, hits, rate}
 */
void cli_rates_text(char *buf, size_t size, json_object *bodies);

#endif
