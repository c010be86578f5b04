/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACER_BUS_H
#define LIVEPATCHD_TRACER_BUS_H

struct api;

/** tracer_bus_register - put the tracers on the bus */
int tracer_bus_register(struct api *api);

/** tracer_bus_observer - tells the bus of tracers; its userdata is a struct api */
extern const struct tracer_observer tracer_bus_observer;

#endif
