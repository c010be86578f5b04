/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_API_H
#define LIVEPATCHD_API_H

#include <stdint.h>
#include <systemd/sd-bus.h>

struct batch;
struct changes;
struct engine;
struct helper;
struct hits;
struct requests;
struct tracer_owners;
struct tracing;
struct transition_watch;
struct trials;

/**
 * struct api - what the methods and properties of the bus are made of
 * @told_state: TransitionState as the bus last heard it, a constant
 * @told_current: the transition of CurrentTransition as the bus last heard it, 0: none
 */
struct api {
	sd_bus *bus;
	struct engine *engine;
	struct changes *changes;
	struct batch *batch;
	struct trials *trials;
	struct tracing *tracing;
	struct tracer_owners *owners;
	struct helper *helper;
	const struct transition_watch *watch;
	struct requests *requests;
	struct hits *hits;

	/* internal */
	const char *told_state;
	uint64_t told_current;
};

#endif
