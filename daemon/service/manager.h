/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MANAGER_H
#define LIVEPATCHD_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "engine/store.h"
#include "kernel/crash-record.h"
#include "kernel/uevent.h"
#include "model/config.h"
#include "model/patch.h"
#include "model/tracer.h"
#include "model/transition.h"
#include "worker/kernel-ops.h"
#include "worker/operation.h"

struct batch;
struct history;
struct hits;
struct holds;
struct helper;
struct patching;
struct stacking;
struct tracing;
struct requests;
struct transition_watch;
struct trials;

/**
 * struct manager_setup - what the world around a manager is
 * @root: the kernel's files
 * @kernel: what changes the kernel
 * @run: folder for what outlives the daemon, but not the boot
 * @state: folder for what outlives the boot
 * @confs: folder of the patches' drop-ins
 * @config_file: the configuration, as it may be now
 * @records: where a kernel's last words may be
 * @off: no patch may be loaded until the next boot
 * @config: the configuration
 */
struct manager_setup {
	struct klp_root root;
	const struct kernel_ops *kernel;
	const char *run;
	const char *state;
	const char *confs;
	const char *config_file;
	struct crash_records records;
	bool off;
	struct config config;
};

/**
 * struct manager - everything, once
 *
 * @setup: the world around it
 * @ready: told when all that is there is known, and NULL then
 * @ready_userdata: for it
 * @told_state: TransitionState as the bus last heard it, a constant
 * @told_current: the transition of CurrentTransition as the bus last heard it, 0: none
 */
struct manager {
	struct manager_setup setup;
	struct utsname uts;
	sd_event *event;
	sd_bus *bus;
	struct operations *operations;
	struct store *store;
	struct uevent *uevent;
	struct transition_watch *watch;
	struct patches patches;
	struct tracers tracers;
	struct transitions transitions;
	struct patching *patching;
	struct stacking *stacking;
	struct batch *batch;
	struct history *history;
	struct trials *trials;
	struct tracing *tracing;
	struct holds *holds;
	struct hits *hits;
	struct helper *helper;
	struct requests *requests;

	/* internal */
	void (*ready)(void *userdata);
	void *ready_userdata;
	const char *told_state;
	uint64_t told_current;
};

/**
 * manager_new - make it and bring it to where the kernel is
 * @event: its loop; SIGCHLD has to be blocked
 * @bus: attached to @event, without a name yet
 * @setup: strings in it have to live on
 * @ready: told later, once: all that is there is known
 * @userdata: for @ready
 */
int manager_new(sd_event *event, sd_bus *bus, const struct manager_setup *setup, void (*ready)(void *userdata),
		void *userdata, struct manager **ret);

/** manager_free - requests under way are answered with an error; patches and tracers stay */
struct manager *manager_free(struct manager *m);
DEFINE_CLEANUP(struct manager *, manager_free)

/** manager_update - tell the bus, and the service manager, if TransitionState has changed */
void manager_update(struct manager *m);

/** manager_ready - the helper, the last that had to answer, has answered or is not there */
void manager_ready(struct manager *m);

/** manager_state - TransitionState; @ret_current: the transition behind it, NULL: none */
const char *manager_state(struct manager *m, struct transition **ret_current);

#endif
