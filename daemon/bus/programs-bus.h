/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PROGRAMS_BUS_H
#define LIVEPATCHD_PROGRAMS_BUS_H

#include <systemd/sd-bus.h>

/* The manager's methods on what BPF tracers have in their maps; userdata is a struct api. */
int programs_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error);
int programs_bus_read(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
