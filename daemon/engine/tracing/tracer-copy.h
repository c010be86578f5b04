/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACER_COPY_H
#define LIVEPATCHD_TRACER_COPY_H

#include "engine/engine.h"
#include "engine/tracing/function-holder.h"
#include "engine/tracing/tracing-call.h"

struct helper;

/*
 * The tracers, and their transitions, as the helper has them, and those who wait
 * for them.
 */

/**
 * struct tracing_observer - told of the tracers
 * @known: they are known as the helper has them
 * @down: the helper has gone, and all of them with it
 */
struct tracing_observer {
	void (*known)(void *userdata);
	void (*down)(void *userdata);
};

/**
 * struct tracing - the requests for tracers
 * @calls: those that have not settled
 * @settled_to: the helper's transitions of tracers up to this one have settled: it runs them in the order of their ids
 * @searches: of those that have failed because a function is held
 * @reading: all of it is being read
 * @observer: NULL: there is none
 */
struct tracing {
	struct engine *engine;
	struct helper *helper;
	struct tracing_calls calls;
	uint64_t settled_to;
	struct holder_searches searches;
	bool reading;
	const struct tracing_observer *observer;
	void *userdata;
};

/** tracing_new - @helper has to live on */
int tracing_new(struct engine *engine, struct helper *helper, struct tracing **ret);
struct tracing *tracing_free(struct tracing *tracing);
DEFINE_CLEANUP(struct tracing *, tracing_free)

/** tracing_observe - from now on @observer, the only one, is told */
void tracing_observe(struct tracing *tracing, const struct tracing_observer *observer, void *userdata);

/** tracing_current - the helper's transition that runs, or waits first; NULL: none */
struct transition *tracing_current(const struct tracing *tracing);

/** tracing_cannot_cancel - say why a transition of the helper cannot be cancelled */
int tracing_cannot_cancel(const struct transition *transition, struct failure *failure);

/**
 * tracing_add_transition - the helper has begun one for us
 * @helper_id: its own id of it
 * @function: what the first tracer is attached to
 * @tracer: that
 * @n: of how many tracers it is
 * @queued_at: since when, 0: now
 */
int tracing_add_transition(struct tracing *tracing, uint64_t helper_id, enum transition_kind kind,
			   const struct function_name *function, uint32_t tracer, size_t n, uint64_t queued_at,
			   struct transition **ret);

#endif
