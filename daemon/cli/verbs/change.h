/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_CHANGE_H
#define LIVEPATCHD_CLI_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/lib/cli.h"
#include "cli/lib/options.h"

/**
 * struct cli_change - a patch is to be loaded or unloaded, or all to be stacked anew
 * @method: of the manager
 * @verb: for people: "load", "unload"
 * @done: for people: "Loaded", "Unloaded"
 * @already: for people: what it is where nothing is to be done
 * @settled: the patch's state when all is done; "": there is no such patch then
 * @typed: what the user called the patch
 * @patch: what livepatchd is to call it
 * @names: instead of @patch: all patches from bottom to top; ended by NULL
 * @no_wait: return when the transition is queued
 * @all: not one, but all that are installed
 * @persist: for the next boot, too
 * @retry: even if it is in quarantine
 * @timeout: microseconds, 0: none
 * @on_timeout: "reverse", "keep", "force"; NULL: livepatchd's default
 * @strategy: of livepatch_helper's transition; NULL: likewise
 * @consistency: likewise
 */
struct cli_change {
	const char *method;
	const char *verb;
	const char *done;
	const char *already;
	const char *settled;
	const char *typed;
	const char *patch;
	char **names;
	bool no_wait;
	bool all;
	bool persist;
	bool retry;
	uint64_t timeout;
	const char *on_timeout;
	const char *strategy;
	const char *consistency;
};

/**
 * cli_change_parse - cli_parse() with the options that loading and unloading share
 * @cli: gets --json and -H; prints errors
 * @usage: what the verb takes
 * @own: the verb's own options, ended by one without a name; at most 4
 * @change: gets the options
 * @argc: as for cli_parse()
 * @argv: as for cli_parse()
 * @ret_exit: on false, the exit code
 *
 * Return: true if the verb should go on.
 */
bool cli_change_parse(struct cli *cli, const struct cli_usage *usage, const struct cli_option *own,
		      struct cli_change *change, int *argc, char ***argv, int *ret_exit);

/**
 * cli_change_patch - ask for a change, and wait for its transition; tells what came of it
 * @cli: how to print
 * @change: the change
 *
 * Return: the exit code.
 */
int cli_change_patch(struct cli *cli, const struct cli_change *change);

#endif
