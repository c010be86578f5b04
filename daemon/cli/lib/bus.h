/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_BUS_H
#define LIVEPATCHD_CLI_BUS_H

#include <systemd/sd-bus.h>

#include "cli/lib/cli.h"

#define CLI_BUS_NAME "org.livepatchd1"
#define CLI_BUS_PATH "/org/livepatchd1"

/**
 * cli_connect - connect to the system bus, of cli->host if there is one; tells errors
 * @cli: whose host
 * @ret: the connection
 *
 * Return: CLI_DONE, or the exit code.
 */
int cli_connect(const struct cli *cli, sd_bus **ret);

/**
 * cli_new_call - a call of a method, without arguments yet
 * @bus: the connection
 * @path: the object
 * @interface: of the method
 * @method: the method's name
 * @ret: the message; polkit may ask the user if there is one at the terminal
 *
 * Return: 0 or a negative errno.
 */
int cli_new_call(sd_bus *bus, const char *path, const char *interface, const char *method,
		 sd_bus_message **ret);

/* The same for a method of the manager. */
int cli_new_manager_call(sd_bus *bus, const char *method, sd_bus_message **ret);

/* Adds an option to the a{sv} that is open, unless @value is NULL. */
int cli_append_option(sd_bus_message *call, const char *key, const char *value);

/**
 * cli_call - call, and wait for the reply as long as it takes: polkit may be asking someone
 * @bus: the connection
 * @call: the message
 * @ret_error: the error reply
 * @ret_reply: the reply, may be NULL
 *
 * Return: 0 or a negative errno.
 */
int cli_call(sd_bus *bus, sd_bus_message *call, sd_bus_error *ret_error,
	     sd_bus_message **ret_reply);

#endif
