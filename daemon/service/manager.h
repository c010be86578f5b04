/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MANAGER_H
#define LIVEPATCHD_MANAGER_H

#include <systemd/sd-bus.h>

#include "bus/api.h"
#include "bus/request.h"
#include "engine/engine.h"

struct helper_patches;
struct klp_patches;
struct transition_watch;
struct uevent;

/**
 * struct manager - everything, once; only what makes it knows all of it
 *
 * @ready: told when all that is there is known, and NULL then
 * @ready_userdata: for it
 * @waits: whatever a request may wait for
 */
struct manager {
	struct engine engine;
	struct api api;
	struct uevent *uevent;
	struct transition_watch *watch;
	struct klp_patches *klp;
	struct helper_patches *helper_patches;

	/* internal */
	void (*ready)(void *userdata);
	void *ready_userdata;
	struct request_wait waits[3];
};

/**
 * manager_new - make it and bring it to where the kernel is
 * @event: its loop; SIGCHLD has to be blocked
 * @bus: attached to @event, without a name yet
 * @setup: strings in it have to live on
 * @ready: told later, once: all that is there is known
 * @userdata: for @ready
 */
int manager_new(sd_event *event, sd_bus *bus, const struct engine_setup *setup, void (*ready)(void *userdata),
		void *userdata, struct manager **ret);

/** manager_free - requests under way are answered with an error; patches and tracers stay */
struct manager *manager_free(struct manager *m);
DEFINE_CLEANUP(struct manager *, manager_free)

#endif
