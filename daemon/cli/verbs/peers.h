/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PEERS_H
#define LIVEPATCHD_CLI_PEERS_H

#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"

/**
 * cli_print_peers - print who is on functions; tells errors
 * @cli: as text or JSON
 * @bus: the connection
 * @patterns: of the functions
 * @n: how many
 *
 * Return: the exit code.
 */
int cli_print_peers(const struct cli *cli, sd_bus *bus, char **patterns, int n);

#endif
