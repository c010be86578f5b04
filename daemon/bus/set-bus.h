/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_SET_BUS_H
#define LIVEPATCHD_SET_BUS_H

#include <systemd/sd-bus.h>

/* The manager's methods for the installed patches as a set. */
int set_bus_load_all(sd_bus_message *message, void *userdata, sd_bus_error *error);
int set_bus_plan(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
