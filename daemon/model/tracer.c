// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <search.h>

#include "model/tracer.h"

static const char *const state_names[_TRACER_STATE_MAX] = {
	[TRACER_QUEUED] = "queued",
	[TRACER_ATTACHED] = "attached",
	[TRACER_REMOVING] = "removing",
};

const char *tracer_state_name(enum tracer_state state)
{
	return state_names[state];
}

void tracers_init(struct tracers *tracers, const struct tracer_observer *observer, void *userdata)
{
	*tracers = (struct tracers){ .observer = observer, .userdata = userdata };
	TAILQ_INIT(&tracers->list);
}

static int compare(const void *a, const void *b)
{
	const struct tracer *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void tracer_release(struct tracer *tracer)
{
	free(tracer->function);
	free(tracer->kind);
	free(tracer);
}

static void tracer_free(struct tracers *tracers, struct tracer *tracer)
{
	TAILQ_REMOVE(&tracers->list, tracer, link);
	(void)tdelete(tracer, &tracers->by_id, compare);
	tracer_release(tracer);
}

void tracers_clear(struct tracers *tracers)
{
	struct tracer *tracer;

	while ((tracer = TAILQ_FIRST(&tracers->list)))
		tracer_free(tracers, tracer);
}

struct tracer *tracers_find(struct tracers *tracers, uint32_t id)
{
	const struct tracer key = { .id = id };
	struct tracer *const *found = tfind(&key, &tracers->by_id, compare);

	return found ? *found : NULL;
}

int tracer_new(struct tracers *tracers, uint32_t id, const char *function, const struct tracer_spec *spec,
	       const char *kind, const char *backend, enum tracer_state state, struct tracer **ret)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer)
		return -ENOMEM;
	tracer->function = strdup(function);
	tracer->kind = strdup(kind);
	tracer->id = id;
	if (!tracer->function || !tracer->kind || !tsearch(tracer, &tracers->by_id, compare)) {
		tracer_release(tracer);
		return -ENOMEM;
	}
	tracer->spec = *spec;
	tracer->comm = tracer->spec.comm;
	tracer->backend = backend;
	tracer->state = state;
	tracer->seen = true;
	TAILQ_INSERT_TAIL(&tracers->list, tracer, link);
	tracers->observer->added(tracer, tracers->userdata);
	*ret = tracer;
	return 0;
}

void tracer_set_state(struct tracers *tracers, struct tracer *tracer, enum tracer_state state, const char *backend)
{
	if (!backend)
		backend = tracer->backend;
	if (tracer->state == state && lpd_streq(tracer->backend, backend))
		return;
	tracer->state = state;
	tracer->backend = backend;
	tracers->observer->changed(tracer, tracers->userdata);
}

int tracer_set_spec(struct tracers *tracers, struct tracer *tracer, const struct tracer_spec *spec, const char *kind)
{
	char *copy;

	if (lpd_streq(tracer->kind, kind) && tracer->spec.priority == spec->priority &&
	    tracer->spec.pid == spec->pid && lpd_streq(tracer->spec.comm, spec->comm))
		return 0;
	copy = strdup(kind);
	if (!copy)
		return -ENOMEM;
	free(tracer->kind);
	tracer->kind = copy;
	tracer->spec = *spec;
	tracers->observer->changed(tracer, tracers->userdata);
	return 0;
}

void tracer_remove(struct tracers *tracers, struct tracer *tracer)
{
	tracers->observer->removed(tracer, tracers->userdata);
	tracer_free(tracers, tracer);
}

void tracers_begin_dump(struct tracers *tracers)
{
	struct tracer *tracer;

	TAILQ_FOREACH(tracer, &tracers->list, link)
		tracer->seen = false;
}

void tracers_end_dump(struct tracers *tracers)
{
	struct tracer *tracer, *next;

	for (tracer = TAILQ_FIRST(&tracers->list); tracer; tracer = next) {
		next = TAILQ_NEXT(tracer, link);
		if (!tracer->seen)
			tracer_remove(tracers, tracer);
	}
}
