/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ORDER_BUS_H
#define LIVEPATCHD_ORDER_BUS_H

#include <systemd/sd-bus.h>

#include "wire/codec.h"

struct api;

/** bus_read_strategy - the number of a strategy; @name: NULL where the request names none */
int bus_read_strategy(struct api *api, const char *name, uint32_t *ret, sd_bus_error *error);

/** bus_read_how - how a transition is to be; NULL where the request names nothing */
int bus_read_how(struct api *api, const char *strategy, const char *consistency, struct codec_change *ret,
		 sd_bus_error *error);

/* The manager's method OrderPatches. */
int order_bus_order(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
