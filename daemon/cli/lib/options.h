/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_OPTIONS_H
#define LIVEPATCHD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/lib/cli.h"

/**
 * struct cli_option - one option of a verb: how it is parsed and what --help says
 * @name: the long option without its dashes
 * @letter: the short option, 0: none
 * @metavar: what --help calls its value; NULL: a flag, which takes none
 * @help: one line
 * @parse: reads the value into @to (a flag: called with NULL); 0 or a negative errno
 * @to: where the value goes
 */
struct cli_option {
	const char *name;
	char letter;
	const char *metavar;
	const char *help;
	int (*parse)(const char *value, void *to);
	void *to;
};

/**
 * struct cli_usage - what a verb takes besides options
 * @arguments: as shown in the usage line, such as "FILE|NAME"
 * @description: what the verb does, lines ended by newlines
 * @min: fewest arguments
 * @max: most arguments
 */
struct cli_usage {
	const char *arguments;
	const char *description;
	int min;
	int max;
};

/* Readers for cli_option.parse. */
int cli_parse_flag(const char *value, void *ret_bool);
int cli_parse_string(const char *value, void *ret_const_char);
int cli_parse_int(const char *value, void *ret_int32);
int cli_parse_time(const char *value, void *ret_usec);

/* The option of verbs that have the helper rewrite something. */
#define CLI_STRATEGY_HELP "how traps go on meanwhile: slots, emulate, stub or spin"

/**
 * cli_parse - read a verb's command line
 * @cli: gets --json and -H; prints errors
 * @usage: what the verb takes
 * @options: the verb's own options, ended by one without a name; NULL: none
 * @argc: of the verb; on success the number of arguments left
 * @argv: of the verb; on success the arguments left
 * @ret_exit: on false, the exit code
 *
 * Every verb also takes --json, -H and --help.
 *
 * Return: true if the verb should go on, false if all is said (--help, or an error).
 */
bool cli_parse(struct cli *cli, const struct cli_usage *usage, const struct cli_option *options,
	       int *argc, char ***argv, int *ret_exit);

#endif
