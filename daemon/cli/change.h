/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_CHANGE_H
#define LIVEPATCHD_CLI_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"

/**
 * struct cli_change - a patch is to be loaded or unloaded
 * @method: of the manager
 * @verb: for people: "load", "unload"
 * @done: for people: "Loaded", "Unloaded"
 * @already: for people: what it is where nothing is to be done
 * @settled: the patch's state when all is done; "": there is no such patch then
 * @typed: what the user called the patch
 * @patch: what livepatchd is to call it
 * @no_wait: return when the transition is queued
 * @timeout: microseconds, 0: none
 * @on_timeout: "reverse", "keep"; NULL: livepatchd's default
 */
struct cli_change {
	const char *method;
	const char *verb;
	const char *done;
	const char *already;
	const char *settled;
	const char *typed;
	const char *patch;
	bool no_wait;
	uint64_t timeout;
	const char *on_timeout;
};

/* The options of such a change, for an array of struct cli_option. */
#define CLI_CHANGE_OPTIONS(change)                                                                 \
	{ "no-wait", 0, NULL, "return when the transition is queued", cli_parse_flag,              \
	  &(change).no_wait },                                                                     \
	{ "timeout", 0, "TIME", "how long the transition may take, such as 30s (default: forever)",\
	  cli_parse_time, &(change).timeout },                                                     \
	{ "on-timeout", 0, "reverse|keep", "what happens then: reverse it (default), or keep it running",  \
	  cli_parse_on_timeout, &(change).on_timeout }

/* A reader for struct cli_option: "reverse" or "keep". */
int cli_parse_on_timeout(const char *value, void *ret_const_char);

/**
 * cli_change_patch - ask for a change, and wait for its transition; tells what came of it
 * @cli: how to print
 * @change: the change
 *
 * Return: the exit code.
 */
int cli_change_patch(struct cli *cli, const struct cli_change *change);

#endif
