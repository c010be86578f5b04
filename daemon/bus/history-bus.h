/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HISTORY_BUS_H
#define LIVEPATCHD_HISTORY_BUS_H

#include <systemd/sd-bus.h>

/** history_bus_read - the manager's method History */
int history_bus_read(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
