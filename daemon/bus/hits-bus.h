/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HITS_BUS_H
#define LIVEPATCHD_HITS_BUS_H

#include <systemd/sd-bus.h>

#include "util/util.h"

struct api;
struct hits;

int hits_new(struct api *api, struct hits **ret);

/** hits_free - who listens finds the end of the stream */
struct hits *hits_free(struct hits *hits);
DEFINE_CLEANUP(struct hits *, hits_free)

/** hits_bus_stream - the method StreamHits; userdata is a struct api */
int hits_bus_stream(sd_bus_message *message, void *userdata, sd_bus_error *error);

#endif
