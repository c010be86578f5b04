/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRANSITION_BUS_H
#define LIVEPATCHD_TRANSITION_BUS_H

#include "bus/bus-util.h"
#include "model/transition.h"

struct api;

/** transition_bus_register - put the transitions on the bus */
int transition_bus_register(struct api *api);

/** transition_bus_path - the path of a transition, "/" for NULL */
const char *transition_bus_path(char path[BUS_PATH_SIZE], const struct transition *transition);

/** transition_bus_observer - tells the bus of transitions; its userdata is a struct api */
extern const struct transition_observer transition_bus_observer;

#endif
