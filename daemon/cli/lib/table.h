/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_TABLE_H
#define LIVEPATCHD_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "util/util.h"

struct cli_table;

/**
 * cli_table_new - a table for people, each column as wide as its widest cell
 * @columns: the headings, with a space between each; one that begins with > is right-aligned
 *
 * Return: the table; NULL: out of memory.
 */
struct cli_table *cli_table_new(const char *columns);
struct cli_table *cli_table_free(struct cli_table *t);

static inline void cli_table_freep(struct cli_table **t)
{
	(void)cli_table_free(*t);
}

/**
 * cli_table_add - the next cell, from left to right, row by row
 * @t: the table
 * @format: what is in it
 */
void cli_table_add(struct cli_table *t, const char *format, ...) _printf_(2, 3);

/* The next cell, shown in its colour as a state. */
void cli_table_add_state(struct cli_table *t, const char *state);

/**
 * cli_table_print - print headings and rows
 * @t: the table
 * @f: where to
 * @colour: with colours
 *
 * Return: 0; -ENOMEM: a cell was lost, nothing is printed.
 */
int cli_table_print(const struct cli_table *t, FILE *f, bool colour);

#endif
