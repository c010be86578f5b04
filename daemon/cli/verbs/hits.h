/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_HITS_H
#define LIVEPATCHD_CLI_HITS_H

#include <stddef.h>

#include <json-c/json.h>

#include "cli/lib/cli.h"

/**
 * cli_hits_text - one line of a stream of hits, for people
 * @buf: gets the text, cut off where it is too long
 * @size: of @buf
 * @o: the line
 */
void cli_hits_text(char *buf, size_t size, json_object *o);

/**
 * cli_hits_follow - print the hits of event tracers until it is interrupted
 * @cli: text or JSON
 * @ids: the tracers, as typed
 * @n: how many; 0: all
 *
 * Return: the exit code.
 */
int cli_hits_follow(struct cli *cli, char **ids, int n);

#endif
