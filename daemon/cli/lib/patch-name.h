/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PATCH_NAME_H
#define LIVEPATCHD_CLI_PATCH_NAME_H

#include "cli/lib/cli.h"

/**
 * cli_name_patch - what livepatchd is to be given for what the user typed; tells errors
 * @cli: whose host
 * @typed: a file or a name
 * @ret: an absolute path, or the name; to be freed
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_name_patch(const struct cli *cli, const char *typed, char **ret);

#endif
