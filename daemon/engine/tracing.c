// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/queue.h>

#include "engine/blame.h"
#include "engine/helper.h"
#include "engine/holds.h"
#include "engine/tracing-call.h"
#include "engine/tracing.h"
#include "model/helper-names.h"
#include "util/log.h"

/* From so many on, tracers are added or removed in one transition. */
#define BULK_MIN 16

/**
 * struct tracing - the requests for tracers
 * @calls: those that have not settled
 * @settled_to: the helper's transitions of tracers up to this one have settled: it runs them in the order of their ids
 * @blames: of those that have failed because a function is held
 */
struct tracing {
	struct manager *manager;
	struct tracing_calls calls;
	uint64_t settled_to;
	struct blames blames;
};

struct transition *tracing_current(struct manager *m)
{
	struct transition *transition, *first = NULL;

	TAILQ_FOREACH(transition, &m->transitions.list, link) {
		if (transition->helper_id == 0 || transition_settled(transition))
			continue;
		if (transition->state == TRANSITION_RUNNING)
			return transition;
		first = first ?: transition;
	}
	return first;
}

int tracing_cannot_cancel(const struct transition *transition, struct failure *failure)
{
	if (transition_settled(transition))
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL, "Transition %ju is %s already.",
				   (uintmax_t)transition->id, transition_state_name(transition->state));
	return failure_set(failure, FAILURE_NOTHING_TO_CANCEL,
			   "Transition %ju is the helper's and settles in a moment; undo it when it has.",
			   (uintmax_t)transition->id);
}

/* ---------------------------------------------------------- transitions */

/* @n: how many tracers, of which @function is what the first one is attached to. */
static int add_transition(struct tracing *t, uint64_t helper_id, enum transition_kind kind,
			  const struct function_name *function, uint32_t tracer, size_t n, uint64_t queued_at,
			  struct transition **ret)
{
	struct manager *m = t->manager;
	struct tracer *known = tracers_find(&m->tracers, tracer);
	char name[FUNCTION_NAME_MAX], subject[FUNCTION_NAME_MAX + 32];
	uint64_t id;
	int r;

	(void)snprintf(subject, sizeof(subject), "%s",
		       known ? known->function : function_name_format(name, function));
	if (n > 1)
		(void)snprintf(subject + strlen(subject), sizeof(subject) - strlen(subject), " and %zu more", n - 1);
	r = store_next_id(m->store, &id);
	if (r < 0)
		return r;
	r = transition_new(&m->transitions, id, kind, subject, strategy_name(LPH_STRATEGY_SLOTS), "", queued_at,
			   ret);
	if (r < 0)
		return r;
	(*ret)->helper_id = helper_id;
	(*ret)->tracer = tracer;
	(*ret)->seen = true;
	manager_update(m);
	return 0;
}

static void update_tracer(struct tracing *t, const struct codec_transition *seen, uint32_t id, const char *backend)
{
	struct tracers *tracers = &t->manager->tracers;
	struct tracer *tracer = tracers_find(tracers, id);
	bool remove = seen->kind == LPH_TRANSITION_REMOVE;

	if (!tracer) {
		/* Somebody else talks to the helper, too. */
		if (!remove && seen->state != LPH_TRANSITION_FAILED)
			helper_refresh_soon(t->manager);
		return;
	}

	switch (seen->state) {
	case LPH_TRANSITION_DONE:
		if (remove)
			tracer_remove(tracers, tracer);
		else
			tracer_set_state(tracers, tracer,
					 tracer->state == TRACER_QUEUED ? TRACER_ATTACHED : tracer->state, backend);
		break;
	case LPH_TRANSITION_FAILED:
		if (remove)
			tracer_set_state(tracers, tracer, TRACER_ATTACHED, NULL);
		else
			tracer_remove(tracers, tracer);
		break;
	default:
		if (remove)
			tracer_set_state(tracers, tracer, TRACER_REMOVING, NULL);
		break;
	}
}

/* The tracer has become what was asked for. */
static void update_changed(struct tracing *t, const struct codec_transition *seen)
{
	struct tracer *tracer = tracers_find(&t->manager->tracers, seen->op);
	const struct tracing_item *item = tracing_calls_find_change(&t->calls, seen->id);
	const struct tracing_call *call;
	char kind[TRACER_KIND_LEN];
	struct tracer_spec spec;

	if (seen->state != LPH_TRANSITION_DONE)
		return;
	if (!tracer || !item) {
		/* Somebody else talks to the helper, too. */
		helper_refresh_soon(t->manager);
		return;
	}
	call = item->call;
	spec = call->spec;
	if (!(call->fields & TRACER_KIND)) {
		spec.kind = tracer->spec.kind;
		spec.program = tracer->spec.program;
		memcpy(spec.label, tracer->spec.label, sizeof(spec.label));
	}
	if (!(call->fields & TRACER_PRIORITY))
		spec.priority = tracer->spec.priority;
	if (!(call->fields & TRACER_PID))
		spec.pid = tracer->spec.pid;
	if (!(call->fields & TRACER_COMM))
		memcpy(spec.comm, tracer->spec.comm, sizeof(spec.comm));
	if (tracer_set_spec(&t->manager->tracers, tracer, &spec, tracer_kind_name(kind, &spec)) < 0)
		helper_refresh_soon(t->manager);
}

/*
 * The tracers first: whoever hears that a transition is over must find them as
 * they now are. Of several, the transition tells only the first one: the others
 * are known from the request, or else from the helper, which is asked.
 */
static void update_tracers(struct tracing *t, const struct codec_transition *seen)
{
	struct tracing_call *call = NULL;

	if (seen->kind == LPH_TRANSITION_CHANGE) {
		update_changed(t, seen);
		return;
	}
	if (seen->n_ops > 1) {
		helper_refresh_soon(t->manager);
		call = tracing_calls_find(&t->calls, seen->id);
	}
	if (!call) {
		update_tracer(t, seen, seen->op, tracer_backend_name(seen->backend));
		return;
	}
	for (size_t i = 0; i < call->n_items; i++)
		if (!call->items[i].settled)
			update_tracer(t, seen, call->items[i].id, NULL);
}

/* @item: NULL, where somebody else has changed it. */
static void settle_change(struct tracing_item *item, enum failure_kind kind, const char *message)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };

	if (!item)
		return;
	if (kind != FAILURE_NONE)
		(void)failure_set(&failure, kind, "%s", message);
	tracing_call_settle(item->call, item, kind == FAILURE_NONE ? NULL : &failure);
}

static void settle(struct tracing *t, struct transition *transition, const struct codec_transition *seen,
		   const char *message)
{
	bool failed = seen->state == LPH_TRANSITION_FAILED, remove = seen->kind == LPH_TRANSITION_REMOVE;
	enum failure_kind kind = failed ? tracing_failure_kind(-(int)seen->error) : FAILURE_NONE;
	struct tracing_call *call = tracing_calls_find(&t->calls, seen->id);

	if (failed && !*message)
		message = strerror((int)seen->error);
	transition_start(transition, seen->started_at);
	if (failed)
		transition_set_error(transition, tracing_failure_kind(-(int)seen->error));
	transition_finish(transition, failed ? TRANSITION_FAILED : TRANSITION_DONE, failed ? message : NULL,
			  seen->settled_at);
	if (seen->kind == LPH_TRANSITION_CHANGE) {
		settle_change(tracing_calls_find_change(&t->calls, seen->id), kind, message);
		return;
	}
	tracing_calls_settle(&t->calls, remove, seen->op, kind, message);
	if (call)
		tracing_calls_settle_all(&t->calls, call, kind, message);
}

static void on_blamed(const struct codec_transition *seen, const char *message, void *userdata)
{
	struct tracing *t = userdata;
	struct transition *transition = transitions_find_helper(&t->manager->transitions, seen->id);

	if (!transition || transition_settled(transition))
		return;
	settle(t, transition, seen, message);
	tracing_calls_finish(&t->calls);
}

static void apply_transition(struct tracing *t, const struct codec_transition *seen, bool dumped)
{
	struct transition *transition = transitions_find_helper(&t->manager->transitions, seen->id);
	bool settled = seen->state == LPH_TRANSITION_DONE || seen->state == LPH_TRANSITION_FAILED;
	uint64_t behind = settled ? seen->id : seen->id - (seen->state == LPH_TRANSITION_RUNNING);
	bool late = !settled && seen->id <= t->settled_to;
	int r;

	/* One that runs, or has, is behind all before it; of one that is queued we know nothing. */
	if (seen->state != LPH_TRANSITION_QUEUED && behind > t->settled_to)
		t->settled_to = behind;
	if (!transition) {
		/* Settled before we knew of it, or an event from before others that were lost. */
		if ((dumped && settled) || late)
			return;
		r = add_transition(t, seen->id,
				   seen->kind == LPH_TRANSITION_REMOVE ? TRANSITION_UNTRACE : TRANSITION_TRACE,
				   &seen->function, seen->op, seen->n_ops, seen->queued_at, &transition);
		if (r < 0) {
			lpd_log(LOG_ERR, "Cannot keep transition %ju of the helper: %s", (uintmax_t)seen->id,
				strerror(-r));
			return;
		}
	}
	transition->seen = true;
	if (transition_settled(transition))
		return;

	update_tracers(t, seen);
	transition->strategy = strategy_name(seen->strategy);
	transition_set_traps(transition, seen->traps, seen->max_depth, seen->lapses);
	transition_set_longest_stop(transition, seen->longest_stop);
	if (seen->state == LPH_TRANSITION_FAILED && seen->error == EBUSY &&
	    blame_start(&t->blames, t->manager, seen, on_blamed, t) >= 0)
		return;
	if (settled)
		settle(t, transition, seen, seen->message);
	else if (seen->state == LPH_TRANSITION_RUNNING)
		transition_start(transition, seen->started_at);
}

/* ------------------------------------------------------------ the copy */

void tracing_op(struct manager *m, const void *attributes, size_t size)
{
	struct tracers *tracers = &m->tracers;
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	static const enum tracer_state states[] = {
		[LPH_OP_QUEUED] = TRACER_QUEUED,
		[LPH_OP_ATTACHED] = TRACER_ATTACHED,
		[LPH_OP_REMOVING] = TRACER_REMOVING,
	};
	char name[FUNCTION_NAME_MAX], kind[TRACER_KIND_LEN];
	enum tracer_state state;
	struct tracer *tracer;
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r < 0) {
		lpd_log(LOG_WARNING, "The helper sent a tracer that makes no sense: %s", strerror(-r));
		return;
	}
	state = op.state < ELEMENTSOF(states) ? states[op.state] : TRACER_ATTACHED;
	tracer = tracers_find(tracers, op.id);
	if (tracer) {
		tracer->seen = true;
		(void)tracer_set_spec(tracers, tracer, &op.spec, tracer_kind_name(kind, &op.spec));
		tracer_set_state(tracers, tracer, state, tracer_backend_name(op.backend));
		return;
	}
	r = tracer_new(tracers, op.id, function_name_format(name, &op.function), &op.spec,
		       tracer_kind_name(kind, &op.spec), tracer_backend_name(op.backend), state, &tracer);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot keep tracer %u: %s", op.id, strerror(-r));
}

/* What was awaited, and settled so long ago that the helper has forgotten it. */
static void settle_forgotten(struct manager *m)
{
	struct transition *transition, *next;

	for (transition = TAILQ_FIRST(&m->transitions.list); transition; transition = next) {
		bool remove = transition->kind == TRANSITION_UNTRACE;
		uint32_t id = transition->tracer;
		struct tracing_item *changed;
		struct tracing_call *call;
		bool there, done;

		next = TAILQ_NEXT(transition, link);
		if (transition->helper_id == 0 || transition_settled(transition) || transition->seen)
			continue;
		there = tracers_find(&m->tracers, id);
		done = there != remove;
		/* Settling moves it to the end of the list, and may free the first. */
		transition_finish(transition, done ? TRANSITION_DONE : TRANSITION_FAILED,
				  done ? NULL : "The helper has forgotten it.", 0);
		call = tracing_calls_find(&m->tracing->calls, transition->helper_id);
		changed = tracing_calls_find_change(&m->tracing->calls, transition->helper_id);
		if (changed) {
			settle_change(changed, done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
				      "The helper has forgotten what became of it.");
			next = TAILQ_FIRST(&m->transitions.list);
			continue;
		}
		tracing_calls_settle(&m->tracing->calls, remove, id, done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
				     "The helper has forgotten what became of it.");
		/* A transition changes all of its tracers, or none. */
		if (call)
			tracing_calls_settle_all(&m->tracing->calls, call,
						 done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
						 "The helper has forgotten what became of it.");
		next = TAILQ_FIRST(&m->transitions.list);
	}
}

void tracing_end_transitions(struct manager *m)
{
	settle_forgotten(m);
	tracing_calls_finish(&m->tracing->calls);
	holds_look(m);
}

/* -------------------------------------------------------------- requests */

static void item_failed(struct tracing_item *item, int error, const char *message)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };

	if (!*message)
		message = error == -EMSGSIZE ? "The names are more than one request holds; ask for fewer." :
					       strerror(-error);
	(void)failure_set(&failure, tracing_failure_kind(error), "%s", message);
	tracing_call_settle(item->call, item, &failure);
}

/* The helper has taken it on. */
static int keep_tracer(struct tracing *t, const struct tracing_item *item)
{
	const struct tracer_spec *spec = &item->call->spec;
	char name[FUNCTION_NAME_MAX], kind[TRACER_KIND_LEN];
	struct tracer *tracer;

	return tracer_new(&t->manager->tracers, item->id, function_name_format(name, &item->function), spec,
			  tracer_kind_name(kind, spec), tracer_backend_name(TRACER_BACKEND_NONE), TRACER_QUEUED, &tracer);
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
		r = add_transition(t, seen.id, TRANSITION_TRACE, &item->function, item->id, 1, 0, &transition);
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
	struct tracers *tracers = &t->manager->tracers;
	struct tracer *tracer = tracers_find(tracers, item->id);
	struct codec_transition seen;
	struct transition *transition;
	int r;

	r = codec_decode_transition(attributes, size, &seen);
	if (r >= 0)
		r = add_transition(t, seen.id, TRANSITION_UNTRACE, &item->function, item->id, 1, 0, &transition);
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
	struct tracers *tracers = &t->manager->tracers;
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
		r = add_transition(t, call->transition, call->remove ? TRANSITION_UNTRACE : TRANSITION_TRACE,
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

	r = helper_request_dump(t->manager, call->remove ? LPH_CMD_DEL_OPS : LPH_CMD_ADD_OPS, encode_bulk, call,
				on_told, on_all_told, call);
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
		r = add_transition(t, seen.id, TRANSITION_TRACE, &item->function, item->id, 1, 0, &transition);
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
			r = helper_request(t->manager, LPH_CMD_CHANGE_OP, encode_change, item, on_changing,
					   on_add_done, item);
		else if (call->remove)
			r = helper_request(t->manager, LPH_CMD_DEL_OP, encode_remove, item, on_removed,
					   on_remove_done, item);
		else
			r = helper_request(t->manager, LPH_CMD_ADD_OP, encode_add, item, on_added, on_add_done,
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

int tracing_add(struct manager *m, const struct function_name *functions, size_t n_functions,
		const struct tracer_spec *spec, uint32_t strategy, tracing_done_t done, void *userdata)
{
	struct tracing *t = m->tracing;
	struct tracing_call *call;
	int r;

	if (!helper_is_up(m->helper)) {
		r = helper_need(m, on_helper, t);
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
	if (helper_is_up(m->helper))
		send_call(t, call);
	return 0;
}

int tracing_change(struct manager *m, const uint32_t *ids, size_t n_ids, const struct tracer_spec *spec,
		   unsigned int fields, uint32_t strategy, tracing_done_t done, void *userdata)
{
	struct tracing *t = m->tracing;
	struct tracing_call *call;
	int r;

	if (!helper_is_up(m->helper))
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

int tracing_remove(struct manager *m, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata)
{
	struct tracing *t = m->tracing;
	struct tracing_call *call;

	if (!helper_is_up(m->helper))
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

void tracing_forget(struct manager *m, const void *userdata)
{
	struct tracing_call *call;

	TAILQ_FOREACH(call, &m->tracing->calls, link)
		if (call->userdata == userdata)
			call->done = NULL;
}

/* ------------------------------------------------------- what helper.c tells */

/* What the helper had is gone with it. Its ids begin anew when it comes back. */
static void forget_all(struct manager *m)
{
	struct transition *transition, *next;
	struct tracer *tracer;

	while ((tracer = TAILQ_FIRST(&m->tracers.list)))
		tracer_remove(&m->tracers, tracer);
	for (transition = TAILQ_FIRST(&m->transitions.list); transition; transition = next) {
		next = TAILQ_NEXT(transition, link);
		if (transition->helper_id == 0)
			continue;
		transition->helper_id = 0;
		if (transition_settled(transition))
			continue;
		transition_finish(transition, TRANSITION_FAILED, "The helper was unloaded.", 0);
		next = TAILQ_FIRST(&m->transitions.list);
	}
}

void tracing_down(struct manager *m)
{
	forget_all(m);
	m->tracing->settled_to = 0;
	tracing_calls_fail(&m->tracing->calls, true, FAILURE_HELPER_MISSING,
			   "The module livepatch_helper was unloaded in the middle of this.");
	holds_down(m);
}

void tracing_transition(struct manager *m, const struct codec_transition *seen, bool dumped)
{
	apply_transition(m->tracing, seen, dumped);
	if (!dumped)
		tracing_calls_finish(&m->tracing->calls);
}

void tracing_op_gone(struct manager *m, const void *attributes, size_t size)
{
	struct tracing_calls *calls = &m->tracing->calls;
	struct tracer *tracer;
	struct codec_op op;

	if (codec_decode_op(attributes, size, &op) < 0)
		return;
	tracer = tracers_find(&m->tracers, op.id);
	if (tracer) {
		lpd_log(LOG_NOTICE, "Tracer %u left with the module of %s.", op.id, tracer->function);
		tracer_remove(&m->tracers, tracer);
	}
	tracing_calls_settle(calls, true, op.id, FAILURE_NONE, "");
	tracing_calls_settle(calls, false, op.id, FAILURE_NO_SUCH_FUNCTION, "The function's module was unloaded.");
	codec_op_clear(&op);
	tracing_calls_finish(calls);
}

int tracing_new(struct manager *m, struct tracing **ret)
{
	struct tracing *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->manager = m;
	TAILQ_INIT(&t->calls);
	LIST_INIT(&t->blames);
	*ret = t;
	return 0;
}

struct tracing *tracing_free(struct tracing *t)
{
	struct tracing_call *call;

	blames_clear(&t->blames, t->manager);
	while ((call = TAILQ_FIRST(&t->calls))) {
		TAILQ_REMOVE(&t->calls, call, link);
		(void)tracing_call_free(call);
	}
	free(t);
	return NULL;
}
