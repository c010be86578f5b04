/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_BUS_H
#define LIVEPATCHD_TRACING_BUS_H

#include <systemd/sd-bus.h>


/* The manager's methods that the helper answers; userdata is a struct api. */
int tracing_bus_trace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_retrace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_untrace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_list_tracers(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_list_functions(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
