// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/helper-link.h"
#include "engine/tracing/tracing.h"
#include "model/helper-names.h"
#include "util/log.h"
#include "wire/codec.h"

/* From so many on, tracers are added or removed in one transition. */
#define BULK_MIN 16

static void item_failed(struct tracing_item *item, int error, const char *message)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };

	if (!*message)
		message = error == -EMSGSIZE ? "The names are more than one request holds; ask for fewer." :
					       strerror(-error);
	(void)failure_set(&failure, codec_failure_kind(error), "%s", message);
	tracing_call_settle(item->call, item, &failure);
}

/* The helper has taken it on. */
static int keep_tracer(struct tracing *t, const struct tracing_item *item)
{
	const struct tracer_spec *spec = &item->call->spec;
	char name[FUNCTION_NAME_MAX], kind[TRACER_KIND_LEN];
	struct tracer *tracer;

	return tracer_new(&t->engine->tracers, item->id, function_name_format(name, &item->function), spec,
			  tracer_kind_name(kind, spec), tracer_backend_name(TRACER_BACKEND_NONE), TRACER_QUEUED,
			  &tracer);
}

static void on_added(const void *attributes, size_t size, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing_call *call = item->call;
	struct tracing *t = call->tracing;
	struct codec_transition seen;
	struct transition *transition;
	struct codec_op op;
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r >= 0) {
		item->id = op.id;
		codec_op_clear(&op);
		r = codec_decode_transition(attributes, size, &seen);
	}
	if (r >= 0)
		r = keep_tracer(t, item);
	if (r >= 0)
		r = tracing_add_transition(t, seen.id, TRANSITION_TRACE, &item->function, item->id, 1, 0, &transition);
	if (r < 0)
		item_failed(item, r, "");
}

static void on_add_done(int error, const char *message, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing *t = item->call->tracing;

	/* -ENODEV without a word: the helper has gone; its going settles all. */
	if (error == -ENODEV && !*message)
		return;
	if (error < 0)
		item_failed(item, error, message);
	tracing_calls_finish(&t->calls);
}

static void on_removed(const void *attributes, size_t size, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing *t = item->call->tracing;
	struct tracers *tracers = &t->engine->tracers;
	struct tracer *tracer = tracers_find(tracers, item->id);
	struct codec_transition seen;
	struct transition *transition;
	int r;

	r = codec_decode_transition(attributes, size, &seen);
	if (r >= 0)
		r = tracing_add_transition(t, seen.id, TRANSITION_UNTRACE, &item->function, item->id, 1, 0,
					   &transition);
	if (r < 0)
		item_failed(item, r, "");
	else if (tracer)
		tracer_set_state(tracers, tracer, TRACER_REMOVING, NULL);
}

static void on_remove_done(int error, const char *message, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing *t = item->call->tracing;

	if (error == -ENODEV && !*message)
		return;
	/* Gone: as it should be. On its way: its transition tells. */
	if (error == -ENOENT)
		tracing_call_settle(item->call, item, NULL);
	else if (error < 0 && error != -EALREADY)
		item_failed(item, error, message);
	tracing_calls_finish(&t->calls);
}

static int encode_add(struct nl_msg *message, const void *argument)
{
	const struct tracing_item *item = argument;

	return codec_encode_add_op(message, &item->function, &item->call->spec, item->call->strategy);
}

static int encode_remove(struct nl_msg *message, const void *argument)
{
	const struct tracing_item *item = argument;

	return codec_encode_del_op(message, item->id, item->call->strategy);
}

/* What came of the next item. */
static void on_told(const void *attributes, size_t size, void *userdata)
{
	struct tracing_call *call = userdata;
	struct codec_result result;
	struct tracing_item *item;
	int r;

	if (call->n_told == call->n_items)
		return;
	item = call->items + call->n_told++;
	r = codec_decode_result(attributes, size, &result);
	if (r < 0) {
		item_failed(item, r, "");
		return;
	}
	call->transition = result.transition;
	if (result.error == 0)
		item->id = result.id;
	else if (call->remove && result.error == ENOENT)
		tracing_call_settle(call, item, NULL);
	else if (!call->remove || result.error != EALREADY)
		item_failed(item, -(int)result.error, result.message);
}

static int begin_item(struct tracing *t, struct tracing_item *item)
{
	struct tracers *tracers = &t->engine->tracers;
	struct tracer *tracer = tracers_find(tracers, item->id);

	if (!item->call->remove)
		return keep_tracer(t, item);
	if (tracer)
		tracer_set_state(tracers, tracer, TRACER_REMOVING, NULL);
	return 0;
}

/* All are told before any event of theirs is read. */
static void on_all_told(int error, const char *message, void *userdata)
{
	struct tracing_call *call = userdata;
	struct tracing *t = call->tracing;
	struct tracing_item *first = NULL;
	struct transition *transition;
	size_t n = 0;
	int r = error;

	/* The helper has gone; its going settles all. */
	if (error == -ENODEV && !*message)
		return;
	if (error >= 0 && call->n_told < call->n_items)
		r = -EBADMSG;
	for (size_t i = 0; i < call->n_items; i++) {
		struct tracing_item *item = call->items + i;

		if (r >= 0 && !item->settled && item->id != 0) {
			int q = begin_item(t, item);

			first = first ?: item;
			n++;
			if (q < 0)
				item_failed(item, q, "");
		} else if (r < 0 && !item->settled) {
			item_failed(item, r, message);
		}
	}
	if (first && call->transition != 0)
		r = tracing_add_transition(t, call->transition, call->remove ? TRANSITION_UNTRACE : TRANSITION_TRACE,
					   &first->function, first->id, n, 0, &transition);
	if (r < 0 && error >= 0)
		lpd_log(LOG_ERR, "Cannot keep transition %ju of the helper: %s", (uintmax_t)call->transition,
			strerror(-r));
	tracing_calls_finish(&t->calls);
}

static int encode_bulk(struct nl_msg *message, const void *argument)
{
	const struct tracing_call *call = argument;
	int r;

	if (call->remove)
		r = codec_encode_del_ops(message, call->strategy);
	else
		r = codec_encode_add_ops(message, &call->spec, call->strategy);
	for (size_t i = 0; r >= 0 && i < call->n_items; i++)
		r = call->remove ? codec_encode_id(message, call->items[i].id) :
				   codec_encode_function(message, &call->items[i].function);
	return r;
}

static void send_bulk(struct tracing *t, struct tracing_call *call)
{
	int r;

	r = helper_dump(t->helper, call->remove ? LPH_CMD_DEL_OPS : LPH_CMD_ADD_OPS, encode_bulk, call, on_told,
			on_all_told, call);
	for (size_t i = 0; r < 0 && i < call->n_items; i++)
		item_failed(call->items + i, r, "");
}

static void on_changing(const void *attributes, size_t size, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing *t = item->call->tracing;
	struct codec_transition seen;
	struct transition *transition;
	int r;

	r = codec_decode_transition(attributes, size, &seen);
	if (r >= 0) {
		item->transition = seen.id;
		r = tracing_add_transition(t, seen.id, TRANSITION_TRACE, &item->function, item->id, 1, 0, &transition);
	}
	if (r < 0)
		item_failed(item, r, "");
}

static int encode_change(struct nl_msg *message, const void *argument)
{
	const struct tracing_item *item = argument;
	const struct tracing_call *call = item->call;

	return codec_encode_change_op(message, item->id, &call->spec, call->fields, call->strategy);
}

static void send_call(struct tracing *t, struct tracing_call *call)
{
	if (!call->change && call->n_items >= BULK_MIN && call->n_items <= LPH_BULK_MAX) {
		call->sent = true;
		send_bulk(t, call);
		return;
	}
	call->sent = true;
	for (size_t i = 0; i < call->n_items; i++) {
		struct tracing_item *item = call->items + i;
		int r;

		if (call->change)
			r = helper_request(t->helper, LPH_CMD_CHANGE_OP, encode_change, item, on_changing,
					   on_add_done, item);
		else if (call->remove)
			r = helper_request(t->helper, LPH_CMD_DEL_OP, encode_remove, item, on_removed,
					   on_remove_done, item);
		else
			r = helper_request(t->helper, LPH_CMD_ADD_OP, encode_add, item, on_added, on_add_done,
					   item);
		if (r < 0)
			item_failed(item, r, "");
	}
}

static void on_helper(const struct failure *failure, void *userdata)
{
	struct tracing *t = userdata;
	struct tracing_call *call;

	if (failure->kind != FAILURE_NONE) {
		tracing_calls_fail(&t->calls, false, failure->kind, failure_message(failure));
		return;
	}
	TAILQ_FOREACH(call, &t->calls, link)
		if (!call->sent)
			send_call(t, call);
	tracing_calls_finish(&t->calls);
}

int tracing_add(struct tracing *t, const struct function_name *functions, size_t n_functions,
		const struct tracer_spec *spec, uint32_t strategy, tracing_done_t done, void *userdata)
{
	struct tracing_call *call;
	int r;

	if (!helper_is_up(t->helper)) {
		r = helper_need(t->helper, on_helper, t);
		if (r < 0)
			return r;
	}
	call = tracing_call_new(t, n_functions, done, userdata);
	if (!call)
		return -ENOMEM;
	r = tracing_call_set_spec(call, spec);
	if (r < 0) {
		(void)tracing_call_free(call);
		return r;
	}
	call->strategy = strategy;
	for (size_t i = 0; i < n_functions; i++)
		call->items[i].function = functions[i];
	TAILQ_INSERT_TAIL(&t->calls, call, link);
	if (helper_is_up(t->helper))
		send_call(t, call);
	return 0;
}

int tracing_change(struct tracing *t, const uint32_t *ids, size_t n_ids, const struct tracer_spec *spec,
		   unsigned int fields, uint32_t strategy, tracing_done_t done, void *userdata)
{
	struct tracing_call *call;
	int r;

	if (!helper_is_up(t->helper))
		return -ENODEV;
	call = tracing_call_new(t, n_ids, done, userdata);
	if (!call)
		return -ENOMEM;
	r = tracing_call_set_spec(call, spec);
	if (r < 0) {
		(void)tracing_call_free(call);
		return r;
	}
	call->change = true;
	call->fields = fields;
	call->strategy = strategy;
	for (size_t i = 0; i < n_ids; i++)
		call->items[i].id = ids[i];
	TAILQ_INSERT_TAIL(&t->calls, call, link);
	send_call(t, call);
	return 0;
}

int tracing_remove(struct tracing *t, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata)
{
	struct tracing_call *call;

	if (!helper_is_up(t->helper))
		return -ENODEV;
	call = tracing_call_new(t, n_ids, done, userdata);
	if (!call)
		return -ENOMEM;
	call->remove = true;
	call->strategy = strategy;
	for (size_t i = 0; i < n_ids; i++)
		call->items[i].id = ids[i];
	TAILQ_INSERT_TAIL(&t->calls, call, link);
	send_call(t, call);
	return 0;
}

void tracing_forget(struct tracing *t, const void *userdata)
{
	struct tracing_call *call;

	TAILQ_FOREACH(call, &t->calls, link)
		if (call->userdata == userdata)
			call->done = NULL;
}
