/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_BUS_H
#define LIVEPATCHD_PATCH_BUS_H

struct api;

/** patch_bus_register - put the patches on the bus */
int patch_bus_register(struct api *api);

/** patch_bus_observer - tells the bus of patches; its userdata is a struct api */
extern const struct patch_observer patch_bus_observer;

#endif
