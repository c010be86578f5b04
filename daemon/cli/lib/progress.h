/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PROGRESS_H
#define LIVEPATCHD_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/**
 * struct cli_progress - shows on stderr how a transition gets on: a bar on a terminal, else lines
 * @silent: shows nothing
 * @drawn: a bar stands on the terminal
 * @next_line: when the next line may be printed, CLOCK_MONOTONIC in microseconds
 */
struct cli_progress {
	bool silent;
	bool drawn;
	uint64_t next_line;
};

void cli_progress_update(struct cli_progress *p, json_object *transition);

/* Takes the bar away; to be called before anything else is printed. */
void cli_progress_clear(struct cli_progress *p);

#endif
