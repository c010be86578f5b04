/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_FAIL_H
#define LIVEPATCHD_CLI_FAIL_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"
#include "util/util.h"

/**
 * cli_exit_for_error - the exit code of a D-Bus error
 * @name: such as "org.livepatchd1.Error.NoSuchPatch"
 *
 * Return: CLI_FAILED for a name it does not know.
 */
enum cli_exit cli_exit_for_error(const char *name);

/**
 * cli_fail - tell an error
 * @cli: whether as text on stderr or as JSON on stdout
 * @code: the exit code
 * @name: the error's short name, for JSON
 * @format: what failed, why, and the way out; no newline
 *
 * Return: @code.
 */
int cli_fail(const struct cli *cli, enum cli_exit code, const char *name,
	     const char *format, ...) _printf_(4, 5);

/* Tells that there is no memory left. Returns the exit code. */
int cli_fail_memory(const struct cli *cli);

/**
 * cli_fail_with - tell an error together with the object it is about
 * @cli: whether as text on stderr or as JSON on stdout
 * @code: the exit code
 * @name: the error's short name, for JSON
 * @message: what failed, why, and the way out; no newline
 * @key: under this name the JSON also has
 * @object: this; the caller keeps its reference
 *
 * Return: @code.
 */
int cli_fail_with(const struct cli *cli, enum cli_exit code, const char *name, const char *message,
		  const char *key, json_object *object);

/**
 * cli_fail_bus - tell the error of a D-Bus call
 * @cli: whether as text on stderr or as JSON on stdout
 * @error: the error reply, if there was one
 * @r: else the negative errno
 * @format: what could not be done, such as "cannot load %s"
 *
 * Return: the exit code.
 */
int cli_fail_bus(const struct cli *cli, const sd_bus_error *error, int r,
		 const char *format, ...) _printf_(4, 5);

#endif
