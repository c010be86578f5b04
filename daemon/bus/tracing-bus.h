/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_BUS_H
#define LIVEPATCHD_TRACING_BUS_H

#include <systemd/sd-bus.h>

#include "model/failure.h"

struct api;

/* The manager's methods that the helper answers; userdata is a struct api. */
int tracing_bus_trace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_retrace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_untrace(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_list_tracers(sd_bus_message *message, void *userdata, sd_bus_error *error);
int tracing_bus_list_functions(sd_bus_message *message, void *userdata, sd_bus_error *error);

/** tracing_bus_check_ids - whether there are tracers of all these ids */
int tracing_bus_check_ids(const struct api *api, const uint32_t *ids, size_t n, struct failure *failure);

#endif
