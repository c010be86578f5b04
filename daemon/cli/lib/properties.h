/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_PROPERTIES_H
#define LIVEPATCHD_CLI_PROPERTIES_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

/**
 * enum cli_kind - the kinds of objects on the bus
 * @CLI_MANAGER: the one at the root
 * @CLI_PATCH: patch/NAME
 * @CLI_TRACER: tracer/ID
 * @CLI_TRANSITION: transition/ID
 */
enum cli_kind {
	CLI_MANAGER,
	CLI_PATCH,
	CLI_TRACER,
	CLI_TRANSITION,
	CLI_N_KINDS,
};

/** cli_kind_of - the enum cli_kind of an interface; -ENOENT: it is none of livepatchd's */
int cli_kind_of(const char *interface);

/** cli_kind_interface - the reverse */
const char *cli_kind_interface(enum cli_kind kind);

/** cli_properties_read - a{sv} into an object, in the shape of docs/cli.md; what is not known is passed over */
int cli_properties_read(sd_bus_message *message, enum cli_kind kind, json_object *object);

#endif
