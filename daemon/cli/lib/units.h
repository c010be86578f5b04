/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_UNITS_H
#define LIVEPATCHD_CLI_UNITS_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

/**
 * cli_unit_read - ask systemd for a service
 * @bus: the system bus
 * @name: the unit's
 *
 * Return: {unit, active, sub, enabled, result, restarts}; "" and 0 where it does not tell.
 */
json_object *cli_unit_read(sd_bus *bus, const char *name);

#endif
