// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/transition.h"
#include "util/time-util.h"

static const char *const kind_names[_TRANSITION_KIND_MAX] = {
	[TRANSITION_LOAD] = "load",
	[TRANSITION_UNLOAD] = "unload",
	[TRANSITION_TRACE] = "trace",
	[TRANSITION_UNTRACE] = "untrace",
	[TRANSITION_LOAD_ALL] = "load-all",
	[TRANSITION_ORDER] = "order",
};

static const char *const state_names[_TRANSITION_STATE_MAX] = {
	[TRANSITION_QUEUED] = "queued",
	[TRANSITION_RUNNING] = "running",
	[TRANSITION_DONE] = "done",
	[TRANSITION_FAILED] = "failed",
	[TRANSITION_REVERSED] = "reversed",
	[TRANSITION_CANCELLED] = "cancelled",
};

const char *transition_kind_name(enum transition_kind kind)
{
	return kind_names[kind];
}

const char *transition_state_name(enum transition_state state)
{
	return state_names[state];
}

void transitions_init(struct transitions *transitions, const struct transition_observer *observer,
		      void *userdata)
{
	*transitions = (struct transitions){ .observer = observer, .userdata = userdata };
	TAILQ_INIT(&transitions->list);
}

static void transition_free(struct transition *transition)
{
	TAILQ_REMOVE(&transition->owner->list, transition, link);
	free(transition->subject);
	free(transition->message);
	free(transition);
}

void transitions_clear(struct transitions *transitions)
{
	struct transition *transition;

	while ((transition = TAILQ_FIRST(&transitions->list)))
		transition_free(transition);
	transitions->n_finished = 0;
}

static void changed(struct transition *transition, unsigned int what)
{
	transition->owner->observer->changed(transition, what, transition->owner->userdata);
}

int transition_new(struct transitions *transitions, uint64_t id, enum transition_kind kind,
		   const char *subject, const char *strategy, const char *consistency, uint64_t queued_at,
		   struct transition **ret)
{
	struct transition *transition = calloc(1, sizeof(*transition));

	if (!transition)
		return -ENOMEM;
	transition->subject = strdup(subject);
	if (!transition->subject) {
		free(transition);
		return -ENOMEM;
	}
	transition->owner = transitions;
	transition->id = id;
	transition->kind = kind;
	transition->queued_at = queued_at ?: lpd_now_realtime();
	transition->strategy = strategy;
	transition->consistency = consistency;
	TAILQ_INSERT_TAIL(&transitions->list, transition, link);
	transitions->observer->added(transition, transitions->userdata);
	*ret = transition;
	return 0;
}

struct transition *transitions_find(struct transitions *transitions, uint64_t id)
{
	struct transition *transition;

	TAILQ_FOREACH(transition, &transitions->list, link)
		if (transition->id == id)
			return transition;
	return NULL;
}

struct transition *transitions_find_helper(struct transitions *transitions, uint64_t helper_id)
{
	struct transition *transition;

	TAILQ_FOREACH(transition, &transitions->list, link)
		if (transition->helper_id == helper_id)
			return transition;
	return NULL;
}

bool transition_settled(const struct transition *transition)
{
	return transition->state != TRANSITION_QUEUED && transition->state != TRANSITION_RUNNING;
}

double transition_progress(const struct transition *transition)
{
	if (transition->state == TRANSITION_DONE)
		return 1;
	if (transition->tasks_total == 0)
		return 0;
	return 1 - (double)transition->tasks_remaining / transition->tasks_total;
}

void transition_set_helper(struct transition *transition, uint64_t helper_id, uint32_t tracer)
{
	transition->helper_id = helper_id;
	transition->tracer = tracer;
	changed(transition, TRANSITION_HELPER_CHANGED);
}

void transition_start(struct transition *transition, uint64_t at)
{
	if (transition->state != TRANSITION_QUEUED)
		return;
	transition->state = TRANSITION_RUNNING;
	transition->started_at = at ?: lpd_now_realtime();
	changed(transition, TRANSITION_STATE_CHANGED);
}

void transition_set_deadline(struct transition *transition, uint64_t deadline)
{
	if (transition->deadline == deadline)
		return;
	transition->deadline = deadline;
	changed(transition, TRANSITION_STATE_CHANGED);
}

void transition_say(struct transition *transition, const char *message)
{
	char *copy = strdup(message);

	/* Without memory for a new message the old one would be a lie. */
	free(transition->message);
	transition->message = copy;
	changed(transition, TRANSITION_STATE_CHANGED);
}

void transition_set_error(struct transition *transition, enum failure_kind error)
{
	transition->error = error;
}

void transition_set_tasks(struct transition *transition, uint32_t total, uint32_t remaining)
{
	if (transition->tasks_total == total && transition->tasks_remaining == remaining)
		return;
	transition->tasks_total = total;
	transition->tasks_remaining = remaining;
	changed(transition, TRANSITION_TASKS_CHANGED);
}

void transition_set_traps(struct transition *transition, uint64_t traps, uint32_t max_depth, uint64_t lapses)
{
	transition->traps = traps;
	transition->max_depth = max_depth;
	transition->lapses = lapses;
}

void transition_set_longest_stop(struct transition *transition, uint64_t nsec)
{
	transition->longest_stop = nsec;
}

static void forget_oldest(struct transitions *transitions)
{
	struct transition *transition;

	TAILQ_FOREACH(transition, &transitions->list, link)
		if (transition_settled(transition))
			break;
	transitions->n_finished--;
	transitions->observer->removed(transition, transitions->userdata);
	transition_free(transition);
}

void transition_finish(struct transition *transition, enum transition_state state, const char *message,
		       uint64_t at)
{
	struct transitions *transitions = transition->owner;

	if (transition_settled(transition))
		return;
	transition->state = state;
	if (state == TRANSITION_FAILED && transition->error == FAILURE_NONE)
		transition->error = FAILURE_FAILED;
	transition->finished_at = at ?: lpd_now_realtime();
	transition->tasks_remaining = state == TRANSITION_DONE ? 0 : transition->tasks_remaining;
	if (message) {
		free(transition->message);
		transition->message = strdup(message);
	}
	/* The latest finished is the last, so that the first is the one to go. */
	TAILQ_REMOVE(&transitions->list, transition, link);
	TAILQ_INSERT_TAIL(&transitions->list, transition, link);
	changed(transition, TRANSITION_STATE_CHANGED | TRANSITION_TASKS_CHANGED);

	if (++transitions->n_finished > TRANSITIONS_KEPT)
		forget_oldest(transitions);
}
