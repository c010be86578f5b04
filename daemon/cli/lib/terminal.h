/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_TERMINAL_H
#define LIVEPATCHD_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Is this a terminal that shows colours, and does the user want them (NO_COLOR)? */
bool cli_wants_colour(FILE *f);

/* The escape sequence that a state is shown in, "" for a state without a colour. */
const char *cli_state_colour(const char *state);

#define CLI_COLOUR_BOLD "\x1b[1m"
#define CLI_COLOUR_RESET "\x1b[0m"

/* Prints a state, in its colour where @f shows colours. */
void cli_print_state(FILE *f, const char *state);

/* The width of the terminal behind @f; 80 if it does not tell. */
unsigned int cli_terminal_width(FILE *f);

/* Its height; 24 if it does not tell. */
unsigned int cli_terminal_height(FILE *f);

#endif
