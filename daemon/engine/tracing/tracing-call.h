/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACING_CALL_H
#define LIVEPATCHD_TRACING_CALL_H

#include <sys/queue.h>

#include "model/failure.h"
#include "model/function-name.h"
#include "model/tracer-spec.h"
#include "util/util.h"

struct tracing;
struct tracing_call;

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

/**
 * struct tracing_call - a request for tracers that has not settled
 * @tracing: whose it is
 * @remove: they are to be removed
 * @change: they are to be what @fields of @spec say, each by a transition of its own
 * @sent: the helper has been asked
 * @fields: see @change
 * @spec: of the tracers to be added, or changed
 * @strategy: how traps go on while they are added or removed
 * @items: one a tracer
 * @n_items: how many
 * @n_settled: how many of them have settled
 * @n_told: of how many of them the helper has said what became of the request
 * @transition: the helper's, of all that were not refused; 0: there is none yet
 * @done: told at the end; NULL: nobody waits any more
 * @userdata: for @done
 */
struct tracing_call {
	TAILQ_ENTRY(tracing_call) link;
	struct tracing *tracing;
	bool remove;
	bool change;
	bool sent;
	unsigned int fields;
	struct tracer_spec spec;
	uint32_t strategy;
	struct tracing_item *items;
	size_t n_items;
	size_t n_settled;
	size_t n_told;
	uint64_t transition;
	tracing_done_t done;
	void *userdata;
};

TAILQ_HEAD(tracing_calls, tracing_call);

struct tracing_call *tracing_call_new(struct tracing *tracing, size_t n_items, tracing_done_t done, void *userdata);
struct tracing_call *tracing_call_free(struct tracing_call *call);
DEFINE_CLEANUP(struct tracing_call *, tracing_call_free)

/** tracing_call_set_spec - what the tracers are to be; of a program it keeps a descriptor of its own */
int tracing_call_set_spec(struct tracing_call *call, const struct tracer_spec *spec);

/** tracing_call_settle - an item has settled; @failure is taken over, NULL: all is well with it */
void tracing_call_settle(struct tracing_call *call, struct tracing_item *item, struct failure *failure);

/**
 * tracing_calls_settle - a tracer has been added or removed, for whoever waits for it
 * @calls: all there are
 * @remove: it was the tracer's removal
 * @id: the tracer
 * @kind: FAILURE_NONE: it went well
 * @message: else why not
 */
void tracing_calls_settle(struct tracing_calls *calls, bool remove, uint32_t id, enum failure_kind kind,
			  const char *message);

/** tracing_calls_settle_all - likewise, of all tracers of @call, which one transition has changed */
void tracing_calls_settle_all(struct tracing_calls *calls, struct tracing_call *call, enum failure_kind kind,
			      const char *message);

/** tracing_calls_find - the call whose items are all in a transition of the helper's, or NULL */
struct tracing_call *tracing_calls_find(struct tracing_calls *calls, uint64_t transition);

/** tracing_calls_find_change - the tracer that a transition of the helper's changes, as it was asked for, or NULL */
struct tracing_item *tracing_calls_find_change(struct tracing_calls *calls, uint64_t transition);

/** tracing_calls_finish - tell, and free, the calls of which all has settled */
void tracing_calls_finish(struct tracing_calls *calls);

/** tracing_calls_fail - fail, as a whole, each of the calls that the helper has been asked for, or not asked for yet */
void tracing_calls_fail(struct tracing_calls *calls, bool sent, enum failure_kind kind, const char *message);

#endif
