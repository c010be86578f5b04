/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_H
#define LIVEPATCHD_TRACING_H

#include "engine/tracing/tracer-copy.h"

/*
 * Tracers: what is asked for.
 */

/**
 * tracing_add - attach a tracer to each of @functions; the helper is loaded if it is not there
 * @spec: what they are to be
 * @strategy: how traps go on meanwhile
 * @done: told later, once, unless tracing_forget() comes first
 */
int tracing_add(struct tracing *tracing, const struct function_name *functions, size_t n_functions,
		const struct tracer_spec *spec, uint32_t strategy, tracing_done_t done, void *userdata);

/**
 * tracing_change - let tracers be something else from some call on
 *
 * Each call runs them once, as they were or as they are then.
 *
 * @spec: what they are to be, as far as @fields name it
 */
int tracing_change(struct tracing *tracing, const uint32_t *ids, size_t n_ids, const struct tracer_spec *spec,
		   unsigned int fields, uint32_t strategy, tracing_done_t done, void *userdata);

/** tracing_remove - remove tracers; those that are gone are as they should be */
int tracing_remove(struct tracing *tracing, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata);

/** tracing_forget - @userdata is not to be told any more */
void tracing_forget(struct tracing *tracing, const void *userdata);

#endif
