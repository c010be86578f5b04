/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRANSITION_H
#define LIVEPATCHD_TRANSITION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "model/failure.h"

/* How many finished transitions are kept. */
#define TRANSITIONS_KEPT 64

enum transition_kind {
	TRANSITION_LOAD,
	TRANSITION_UNLOAD,
	TRANSITION_TRACE,
	TRANSITION_UNTRACE,
	TRANSITION_LOAD_ALL,
	TRANSITION_ORDER,
	_TRANSITION_KIND_MAX,
};

/**
 * enum transition_state - from request to settled
 *
 *   queued --> running --> done | failed | reversed
 *     '---------------> cancelled | failed
 */
enum transition_state {
	TRANSITION_QUEUED,
	TRANSITION_RUNNING,
	TRANSITION_DONE,
	TRANSITION_FAILED,
	TRANSITION_REVERSED,
	TRANSITION_CANCELLED,
	_TRANSITION_STATE_MAX,
};

/* What has changed of a transition, each bit a set of properties. */
enum {
	TRANSITION_STATE_CHANGED = 1 << 0,	/* all but the tasks */
	TRANSITION_TASKS_CHANGED = 1 << 1,	/* tasks, progress */
	TRANSITION_HELPER_CHANGED = 1 << 2,	/* what no property tells */
};

/**
 * struct transition - one change in flight, or a finished one
 * @id: unique, rising
 * @kind: what it does
 * @subject: to which patch or function, or to which patches in which order; owned
 * @state: where it is
 * @message: why it failed, was reversed or cancelled; owned, NULL: nothing to say
 * @error: what kind of failure it was
 * @strategy: how traps go on, a constant; "" for the kernel's own
 * @consistency: when calls may run the new bodies, a constant; "" but for the helper's patches
 * @helper_id: the helper's id of it, 0: it is none of the helper's
 * @tracer: the tracer that it adds or removes
 * @seen: it was in the dump that is being read
 * Times are microseconds of CLOCK_REALTIME, 0: not yet, or none.
 */
struct transition {
	TAILQ_ENTRY(transition) link;
	struct transitions *owner;
	uint64_t id;
	enum transition_kind kind;
	char *subject;
	enum transition_state state;
	char *message;
	uint32_t tasks_total;
	uint32_t tasks_remaining;
	uint64_t queued_at;
	uint64_t started_at;
	uint64_t finished_at;
	uint64_t deadline;
	enum failure_kind error;
	const char *strategy;
	const char *consistency;
	uint64_t traps;
	uint32_t max_depth;
	uint64_t lapses;
	uint64_t longest_stop;
	uint64_t helper_id;
	uint32_t tracer;
	bool seen;
};

/**
 * struct transition_observer - told of what happens to transitions
 * @added: it is there, queued
 * @changed: what the bits say has changed
 * @removed: it will be gone when this returns
 */
struct transition_observer {
	void (*added)(struct transition *transition, void *userdata);
	void (*changed)(struct transition *transition, unsigned int what, void *userdata);
	void (*removed)(struct transition *transition, void *userdata);
};

/**
 * struct transitions - all there are, oldest first
 */
struct transitions {
	TAILQ_HEAD(, transition) list;
	unsigned int n_finished;
	const struct transition_observer *observer;
	void *userdata;
};

void transitions_init(struct transitions *transitions, const struct transition_observer *observer,
		      void *userdata);

/** transitions_clear - free all, without telling the observer */
void transitions_clear(struct transitions *transitions);

/**
 * transition_new - add a queued transition
 * @transitions: to these
 * @id: must be new
 * @kind: what it does
 * @subject: to what
 * @strategy: how traps go on, a constant
 * @consistency: when calls may run the new bodies, a constant
 * @queued_at: since when, 0: now
 */
int transition_new(struct transitions *transitions, uint64_t id, enum transition_kind kind,
		   const char *subject, const char *strategy, const char *consistency, uint64_t queued_at,
		   struct transition **ret);

struct transition *transitions_find(struct transitions *transitions, uint64_t id);

/** transitions_find_helper - the one that the helper knows as @helper_id */
struct transition *transitions_find_helper(struct transitions *transitions, uint64_t helper_id);

/** transition_set_helper - it is the helper's transition @helper_id, of @tracer */
void transition_set_helper(struct transition *transition, uint64_t helper_id, uint32_t tracer);

/** transition_start - its turn came, at @at or now if that is 0 */
void transition_start(struct transition *transition, uint64_t at);

/** transition_set_deadline - when its time is over, 0: never */
void transition_set_deadline(struct transition *transition, uint64_t deadline);

/** transition_say - set its message */
void transition_say(struct transition *transition, const char *message);

/** transition_set_error - what kind of failure it is; before transition_finish() */
void transition_set_error(struct transition *transition, enum failure_kind error);

/** transition_set_tasks - how many threads there are, and how many it waits for */
void transition_set_tasks(struct transition *transition, uint32_t total, uint32_t remaining);

/** transition_set_traps - what the helper counted; told with the next change of state */
void transition_set_traps(struct transition *transition, uint64_t traps, uint32_t max_depth, uint64_t lapses);
void transition_set_longest_stop(struct transition *transition, uint64_t nsec);

/**
 * transition_finish - settle it; the oldest finished one beyond TRANSITIONS_KEPT goes
 * @transition: not settled yet
 * @state: done, failed, reversed or cancelled
 * @message: why, NULL leaves what was said before
 * @at: when, 0: now
 */
void transition_finish(struct transition *transition, enum transition_state state, const char *message,
		       uint64_t at);

bool transition_settled(const struct transition *transition);

/** transition_progress - 0 to 1 */
double transition_progress(const struct transition *transition);

const char *transition_kind_name(enum transition_kind kind);
const char *transition_state_name(enum transition_state state);

#endif
