/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MANAGER_BUS_H
#define LIVEPATCHD_MANAGER_BUS_H

struct api;

/** manager_bus_register - put the manager on the bus */
int manager_bus_register(struct api *api);

/** manager_bus_quarantined_changed - Quarantined has changed */
void manager_bus_quarantined_changed(struct api *api);

/** manager_bus_watch_changed - TransitionWatch has changed */
void manager_bus_watch_changed(struct api *api);

/** manager_bus_helper_changed - HelperLoaded or HelperVersion has changed */
void manager_bus_helper_changed(struct api *api);

#endif
