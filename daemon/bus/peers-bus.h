/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_BUS_H
#define LIVEPATCHD_PEERS_BUS_H

#include <systemd/sd-bus.h>

/** peers_bus_list - org.livepatchd1.Manager.ListPeers() */
int peers_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
