/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ENGINE_H
#define LIVEPATCHD_ENGINE_H

#include <stdbool.h>
#include <sys/utsname.h>
#include <systemd/sd-event.h>

#include "kernel/crash-record.h"
#include "kernel/klp-sysfs.h"
#include "model/config.h"
#include "model/patch.h"
#include "model/tracer.h"
#include "model/transition.h"

struct history;
struct kernel_ops;
struct operations;
struct store;

/**
 * struct engine_setup - what the world around it is
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
struct engine_setup {
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
 * struct engine - what all of the engine stands on
 * @setup: the world around it
 * @operations: the children
 * @store: what a daemon that was killed has to know again
 * @history: what was done
 * @patches: those in the kernel
 * @tracers: those in the helper
 * @transitions: those under way, and the latest that have settled
 * @known: all that is there is
 */
struct engine {
	struct engine_setup setup;
	struct utsname uts;
	sd_event *event;
	struct operations *operations;
	struct store *store;
	struct history *history;
	struct patches patches;
	struct tracers tracers;
	struct transitions transitions;
	bool known;
};

#endif
