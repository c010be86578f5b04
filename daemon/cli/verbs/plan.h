/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PLAN_H
#define LIVEPATCHD_CLI_PLAN_H

#include "cli/lib/cli.h"

/**
 * cli_print_plan - tell what load --all comes to
 * @cli: whom to ask, and how to print
 *
 * Return: the exit code.
 */
int cli_print_plan(const struct cli *cli);

#endif
