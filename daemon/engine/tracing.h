/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_H
#define LIVEPATCHD_TRACING_H

#include "model/failure.h"
#include "service/manager.h"
#include "wire/codec.h"

/*
 * Tracers: what is asked for, and what becomes of it in the helper.
 */

/**
 * struct tracing_item - one tracer of a request
 * @function: what is traced
 * @id: the tracer's, 0: there is none yet
 * @settled: nothing more happens to it
 * @failure: why it was refused; kind FAILURE_NONE: it was not
 * @call: the request it belongs to
 * @transition: the helper's, of its change alone; 0: there is none
 */
struct tracing_item {
	struct function_name function;
	uint32_t id;
	bool settled;
	struct failure failure;

	/* internal */
	struct tracing_call *call;
	uint64_t transition;
};

/**
 * tracing_done_t - told when all of a request has settled
 * @failure: the request as a whole failed; kind FAILURE_NONE: look at the items
 */
typedef void (*tracing_done_t)(struct tracing_item *items, size_t n_items, struct failure *failure, void *userdata);

int tracing_new(struct manager *m, struct tracing **ret);
struct tracing *tracing_free(struct tracing *tracing);
DEFINE_CLEANUP(struct tracing *, tracing_free)

/** tracing_current - the helper's transition that runs, or waits first; NULL: none */
struct transition *tracing_current(struct manager *m);

/** tracing_cannot_cancel - say why a transition of the helper cannot be cancelled */
int tracing_cannot_cancel(const struct transition *transition, struct failure *failure);

/**
 * tracing_add - attach a tracer to each of @functions; the helper is loaded if it is not there
 * @spec: what they are to be
 * @strategy: how traps go on meanwhile
 * @done: told later, once, unless tracing_forget() comes first
 */
int tracing_add(struct manager *m, const struct function_name *functions, size_t n_functions,
		const struct tracer_spec *spec, uint32_t strategy, tracing_done_t done, void *userdata);

/**
 * tracing_change - let tracers be something else from some call on; each call runs them once, as they were or as they are
 * then
 * @spec: what they are to be, as far as @fields name it
 */
int tracing_change(struct manager *m, const uint32_t *ids, size_t n_ids, const struct tracer_spec *spec,
		   unsigned int fields, uint32_t strategy, tracing_done_t done, void *userdata);

/** tracing_remove - remove tracers; those that are gone are as they should be */
int tracing_remove(struct manager *m, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata);

/** tracing_forget - @userdata is not to be told any more */
void tracing_forget(struct manager *m, const void *userdata);

/* ------------------------------------------------------- what helper.c tells */

/** tracing_op - a message of LPH_CMD_GET_OP */
void tracing_op(struct manager *m, const void *attributes, size_t size);

/** tracing_transition - a transition of an op, as it is now; @dumped: from the dump of all */
void tracing_transition(struct manager *m, const struct codec_transition *seen, bool dumped);

/** tracing_end_transitions - all transitions have been dumped, and all ops before */
void tracing_end_transitions(struct manager *m);

/** tracing_op_gone - LPH_CMD_OP_GONE_EVENT */
void tracing_op_gone(struct manager *m, const void *attributes, size_t size);

/** tracing_down - the helper is not there (any more) */
void tracing_down(struct manager *m);

#endif
