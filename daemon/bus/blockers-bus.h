/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BLOCKERS_BUS_H
#define LIVEPATCHD_BLOCKERS_BUS_H

#include <systemd/sd-bus.h>

/* The manager's method ListBlockers. */
int blockers_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
