/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_H
#define LIVEPATCHD_TRACING_H

#include "codec.h"
#include "failure.h"
#include "manager.h"

/*
 * Tracers and the helper that runs them. The helper keeps all state; what the
 * daemon has is a copy, made from dumps and kept true by events.
 */

/**
 * struct tracing_item - one tracer of a request
 * @function: what is traced
 * @id: the tracer's, 0: there is none yet
 * @settled: nothing more happens to it
 * @failure: why it was refused; kind FAILURE_NONE: it was not
 * @call: the request it belongs to
 */
struct tracing_item {
	struct function_name function;
	uint32_t id;
	bool settled;
	struct failure failure;

	/* internal */
	struct tracing_call *call;
};

/**
 * tracing_done_t - told when all of a request has settled
 * @failure: the request as a whole failed; kind FAILURE_NONE: look at the items
 */
typedef void (*tracing_done_t)(struct tracing_item *items, size_t n_items, struct failure *failure, void *userdata);

/**
 * tracing_listed_t - told of each message of a dump, and at its end with NULL
 * @error: of the end
 */
typedef void (*tracing_listed_t)(const void *attributes, size_t size, int error, void *userdata);

int tracing_new(struct manager *m, struct tracing **ret);
struct tracing *tracing_free(struct tracing *tracing);
DEFINE_CLEANUP(struct tracing *, tracing_free)

/** tracing_is_up - whether the helper is there */
bool tracing_is_up(const struct tracing *tracing);

/** tracing_version - the helper's version, "" while it is not known */
const char *tracing_version(const struct tracing *tracing);

/** tracing_current - the helper's transition that runs, or waits first; NULL: none */
struct transition *tracing_current(struct manager *m);

/** tracing_cannot_cancel - say why a transition of the helper cannot be cancelled */
int tracing_cannot_cancel(const struct transition *transition, struct failure *failure);

/**
 * tracing_add - attach a tracer to each of @functions; the helper is loaded if it is not there
 * @strategy: how traps go on meanwhile
 * @done: told later, once, unless tracing_forget() comes first
 */
int tracing_add(struct manager *m, const struct function_name *functions, size_t n_functions, uint32_t kind,
		int32_t priority, uint32_t strategy, tracing_done_t done, void *userdata);

/** tracing_remove - remove tracers; those that are gone are as they should be */
int tracing_remove(struct manager *m, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata);

/** tracing_list - dump LPH_CMD_GET_OP or LPH_CMD_GET_FUNCTION; -ENODEV where the helper is not there */
int tracing_list(struct manager *m, uint8_t command, tracing_listed_t listed, void *userdata);

/** tracing_forget - @userdata is not to be told any more */
void tracing_forget(struct manager *m, const void *userdata);

#endif
