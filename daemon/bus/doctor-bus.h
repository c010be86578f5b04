/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_BUS_H
#define LIVEPATCHD_DOCTOR_BUS_H

#include <systemd/sd-bus.h>

/** doctor_bus_diagnose - the method Diagnose */
int doctor_bus_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
