/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHECK_BUS_H
#define LIVEPATCHD_CHECK_BUS_H

#include <systemd/sd-bus.h>

/** check_bus_check - the manager's method Check */
int check_bus_check(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
