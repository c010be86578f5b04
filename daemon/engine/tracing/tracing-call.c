// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/tracing/tracing-call.h"

struct tracing_call *tracing_call_new(struct tracing *tracing, size_t n_items, tracing_done_t done, void *userdata)
{
	struct tracing_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->items = calloc(n_items ?: 1, sizeof(*call->items));
	if (!call->items) {
		free(call);
		return NULL;
	}
	call->tracing = tracing;
	call->n_items = n_items;
	for (size_t i = 0; i < n_items; i++)
		call->items[i].call = call;
	call->done = done;
	call->userdata = userdata;
	return call;
}

struct tracing_call *tracing_call_free(struct tracing_call *call)
{
	for (size_t i = 0; i < call->n_items; i++)
		failure_clear(&call->items[i].failure);
	if (call->spec.kind == LPH_KIND_BPF)
		(void)close((int)call->spec.program);
	free(call->items);
	free(call);
	return NULL;
}

int tracing_call_set_spec(struct tracing_call *call, const struct tracer_spec *spec)
{
	int fd = -1;

	if (spec->kind == LPH_KIND_BPF) {
		fd = fcntl((int)spec->program, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
	}
	call->spec = *spec;
	call->spec.program = (uint32_t)fd;
	return 0;
}

void tracing_call_settle(struct tracing_call *call, struct tracing_item *item, struct failure *failure)
{
	if (item->settled)
		return;
	item->settled = true;
	call->n_settled++;
	if (failure) {
		item->failure = *failure;
		*failure = (struct failure){ 0 };
	}
}

static void settle_item(struct tracing_item *item, enum failure_kind kind, const char *message)
{
	struct failure failure = { 0 };

	if (item->settled)
		return;
	if (kind != FAILURE_NONE)
		(void)failure_set(&failure, kind, "%s", message);
	tracing_call_settle(item->call, item, &failure);
}

static void settle_tracer(struct tracing_call *call, uint32_t id, enum failure_kind kind, const char *message)
{
	for (size_t i = 0; i < call->n_items; i++)
		if (call->items[i].id == id)
			settle_item(call->items + i, kind, message);
}

void tracing_calls_settle(struct tracing_calls *calls, bool remove, uint32_t id, enum failure_kind kind,
			  const char *message)
{
	struct tracing_call *call;

	TAILQ_FOREACH(call, calls, link)
		if (call->remove == remove && !call->change)
			settle_tracer(call, id, kind, message);
}

void tracing_calls_settle_all(struct tracing_calls *calls, struct tracing_call *call, enum failure_kind kind,
			      const char *message)
{
	struct tracing_call *other;

	for (size_t i = 0; i < call->n_items; i++)
		if (call->items[i].id != 0)
			settle_item(call->items + i, kind, message);
	/* Who has asked for the same removal waits, too. */
	TAILQ_FOREACH(other, calls, link)
		for (size_t i = 0; call->remove && other->remove && i < call->n_items; i++)
			if (other != call && other->n_settled < other->n_items)
				settle_tracer(other, call->items[i].id, kind, message);
}

struct tracing_call *tracing_calls_find(struct tracing_calls *calls, uint64_t transition)
{
	struct tracing_call *call;

	TAILQ_FOREACH(call, calls, link)
		if (call->transition == transition)
			return call;
	return NULL;
}

struct tracing_item *tracing_calls_find_change(struct tracing_calls *calls, uint64_t transition)
{
	struct tracing_call *call;

	TAILQ_FOREACH(call, calls, link)
		for (size_t i = 0; call->change && i < call->n_items; i++)
			if (call->items[i].transition == transition)
				return call->items + i;
	return NULL;
}

static void tell(struct tracing_call *call, struct failure *failure)
{
	if (call->done)
		call->done(call->items, call->n_items, failure, call->userdata);
	(void)tracing_call_free(call);
}

void tracing_calls_finish(struct tracing_calls *calls)
{
	struct tracing_call *call, *next;

	for (call = TAILQ_FIRST(calls); call; call = next) {
		struct failure none = { 0 };

		next = TAILQ_NEXT(call, link);
		if (call->n_settled < call->n_items)
			continue;
		TAILQ_REMOVE(calls, call, link);
		tell(call, &none);
	}
}

void tracing_calls_fail(struct tracing_calls *calls, bool sent, enum failure_kind kind, const char *message)
{
	struct tracing_call *call, *next;

	for (call = TAILQ_FIRST(calls); call; call = next) {
		_cleanup_(failure_clear) struct failure failure = { 0 };

		next = TAILQ_NEXT(call, link);
		if (call->sent != sent)
			continue;
		TAILQ_REMOVE(calls, call, link);
		(void)failure_set(&failure, kind, "%s", message);
		tell(call, &failure);
	}
}
