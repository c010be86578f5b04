/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_IDS_H
#define LIVEPATCHD_CLI_IDS_H

#include <stdint.h>

#include "cli/lib/cli.h"

/**
 * cli_read_ids - read the ids of tracers; tells errors
 * @cli: how to print errors
 * @typed: as typed
 * @n: how many
 * @ret: to be freed, and not NULL even if there are none
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_read_ids(const struct cli *cli, char **typed, int n, uint32_t **ret);

#endif
