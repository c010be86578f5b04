/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ACTIVITY_BUS_H
#define LIVEPATCHD_ACTIVITY_BUS_H

struct api;
struct transition;

/* What goes on, as TransitionState and CurrentTransition of the manager tell it. */

#define MANAGER_INTERFACE "org.livepatchd1.Manager"

/** activity_bus_state - TransitionState; @ret_current: the transition behind it, NULL: none; may be NULL */
const char *activity_bus_state(const struct api *api, struct transition **ret_current);

/** activity_bus_update - tell the bus, and the service manager, if it has changed */
void activity_bus_update(struct api *api);

#endif
