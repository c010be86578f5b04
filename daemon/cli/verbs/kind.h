/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_KIND_H
#define LIVEPATCHD_CLI_KIND_H

#include "cli/lib/cli.h"

/**
 * cli_name_kind - a tracer's kind as the daemon wants it: the file of bpf:FILE by its absolute path
 * @typed: as the user typed it
 * @ret: to be freed
 *
 * Return: an exit code; unless it is CLI_DONE, the user has been told why.
 */
int cli_name_kind(const struct cli *cli, const char *typed, char **ret);

#endif
