/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_LIST_H
#define LIVEPATCHD_CLI_LIST_H

#include <json-c/json.h>

#include "cli/lib/cli.h"
#include "cli/lib/table.h"

/**
 * cli_print_list - print things as a table, or as JSON
 * @cli: which of them
 * @things: an array
 * @columns: headings, see cli_table_new()
 * @none: what to say when there are none
 * @add_row: adds the cells of one thing
 *
 * Return: the exit code.
 */
int cli_print_list(const struct cli *cli, json_object *things, const char *columns,
		   const char *none, void (*add_row)(struct cli_table *table, json_object *thing));

#endif
