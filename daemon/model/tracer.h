/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACER_H
#define LIVEPATCHD_TRACER_H

#include <stdint.h>
#include <sys/queue.h>

#include "model/tracer-spec.h"
#include "util/util.h"

enum tracer_state {
	TRACER_QUEUED,
	TRACER_ATTACHED,
	TRACER_REMOVING,
	_TRACER_STATE_MAX,
};

/**
 * struct tracer - a tracer op in the helper
 * @id: the helper's
 * @function: what it is attached to, as function_name_format() writes it; owned
 * @spec: what it is
 * @kind: its kind in words; owned
 * @comm: @spec's, for the bus
 * @backend: how calls of the function come to run it, a constant; "none" until they do
 * @state: where it is
 * @seen: it was in the dump that is being read
 */
struct tracer {
	TAILQ_ENTRY(tracer) link;
	uint32_t id;
	char *function;
	struct tracer_spec spec;
	char *kind;
	const char *comm;
	const char *backend;
	enum tracer_state state;
	bool seen;
};

struct tracer_observer {
	void (*added)(struct tracer *tracer, void *userdata);
	/* Anything but id and function may have. */
	void (*changed)(struct tracer *tracer, void *userdata);
	void (*removed)(struct tracer *tracer, void *userdata);
};

/**
 * struct tracers - all there are
 */
struct tracers {
	TAILQ_HEAD(, tracer) list;
	void *by_id;			/* a tree of tsearch() */
	const struct tracer_observer *observer;
	void *userdata;
};

void tracers_init(struct tracers *tracers, const struct tracer_observer *observer, void *userdata);

/** tracers_clear - free all, without telling the observer */
void tracers_clear(struct tracers *tracers);

struct tracer *tracers_find(struct tracers *tracers, uint32_t id);

/**
 * tracer_new - add a tracer
 * @kind: @spec's, in words
 * @backend: a constant
 */
int tracer_new(struct tracers *tracers, uint32_t id, const char *function, const struct tracer_spec *spec,
	       const char *kind, const char *backend, enum tracer_state state, struct tracer **ret);

/** tracer_set_state - what it is now; @backend: a constant, NULL: as it was */
void tracer_set_state(struct tracers *tracers, struct tracer *tracer, enum tracer_state state, const char *backend);

/** tracer_set_spec - what it has become; @kind: that in words */
int tracer_set_spec(struct tracers *tracers, struct tracer *tracer, const struct tracer_spec *spec, const char *kind);

/** tracer_remove - it is gone */
void tracer_remove(struct tracers *tracers, struct tracer *tracer);

/** tracers_begin_dump - forget which tracers have been seen */
void tracers_begin_dump(struct tracers *tracers);

/** tracers_end_dump - remove those that have not been seen since */
void tracers_end_dump(struct tracers *tracers);

const char *tracer_state_name(enum tracer_state state);

#endif
