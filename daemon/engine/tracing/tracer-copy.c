// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/helper-link.h"
#include "engine/store.h"
#include "engine/tracing/tracer-copy.h"
#include "model/helper-names.h"
#include "util/log.h"
#include "wire/codec.h"

struct transition *tracing_current(const struct tracing *t)
{
	struct transition *transition, *first = NULL;

	TAILQ_FOREACH(transition, &t->engine->transitions.list, link) {
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

int tracing_add_transition(struct tracing *t, uint64_t helper_id, enum transition_kind kind,
			   const struct function_name *function, uint32_t tracer, size_t n, uint64_t queued_at,
			   struct transition **ret)
{
	struct engine *engine = t->engine;
	struct tracer *known = tracers_find(&engine->tracers, tracer);
	char name[FUNCTION_NAME_MAX], subject[FUNCTION_NAME_MAX + 32];
	uint64_t id;
	int r;

	(void)snprintf(subject, sizeof(subject), "%s",
		       known ? known->function : function_name_format(name, function));
	if (n > 1)
		(void)snprintf(subject + strlen(subject), sizeof(subject) - strlen(subject), " and %zu more", n - 1);
	r = store_next_id(engine->store, &id);
	if (r < 0)
		return r;
	r = transition_new(&engine->transitions, id, kind, subject, strategy_name(LPH_STRATEGY_SLOTS), "", queued_at,
			   ret);
	if (r < 0)
		return r;
	(*ret)->seen = true;
	transition_set_helper(*ret, helper_id, tracer);
	return 0;
}

static void update_tracer(struct tracing *t, const struct codec_transition *seen, uint32_t id, const char *backend)
{
	struct tracers *tracers = &t->engine->tracers;
	struct tracer *tracer = tracers_find(tracers, id);
	bool remove = seen->kind == LPH_TRANSITION_REMOVE;

	if (!tracer) {
		/* Somebody else talks to the helper, too. */
		if (!remove && seen->state != LPH_TRANSITION_FAILED)
			helper_refresh_soon(t->helper);
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
	struct tracer *tracer = tracers_find(&t->engine->tracers, seen->op);
	const struct tracing_item *item = tracing_calls_find_change(&t->calls, seen->id);
	const struct tracing_call *call;
	char kind[TRACER_KIND_LEN];
	struct tracer_spec spec;

	if (seen->state != LPH_TRANSITION_DONE)
		return;
	if (!tracer || !item) {
		/* Somebody else talks to the helper, too. */
		helper_refresh_soon(t->helper);
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
	if (tracer_set_spec(&t->engine->tracers, tracer, &spec, tracer_kind_name(kind, &spec)) < 0)
		helper_refresh_soon(t->helper);
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
		helper_refresh_soon(t->helper);
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
	enum failure_kind kind = failed ? codec_failure_kind(-(int)seen->error) : FAILURE_NONE;
	struct tracing_call *call = tracing_calls_find(&t->calls, seen->id);

	if (failed && !*message)
		message = strerror((int)seen->error);
	transition_start(transition, seen->started_at);
	if (failed)
		transition_set_error(transition, codec_failure_kind(-(int)seen->error));
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

static void on_holder(const struct codec_transition *seen, const char *message, void *userdata)
{
	struct tracing *t = userdata;
	struct transition *transition = transitions_find_helper(&t->engine->transitions, seen->id);

	if (!transition || transition_settled(transition))
		return;
	settle(t, transition, seen, message);
	tracing_calls_finish(&t->calls);
}

static void apply_transition(struct tracing *t, const struct codec_transition *seen, bool dumped)
{
	struct transition *transition = transitions_find_helper(&t->engine->transitions, seen->id);
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
		r = tracing_add_transition(t, seen->id,
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
	    holder_search(&t->searches, t->engine, seen, on_holder, t) >= 0)
		return;
	if (settled)
		settle(t, transition, seen, seen->message);
	else if (seen->state == LPH_TRANSITION_RUNNING)
		transition_start(transition, seen->started_at);
}

/* --------------------------------------------------------------- reading */

static void on_op(const void *attributes, size_t size, void *userdata)
{
	struct tracing *t = userdata;
	struct tracers *tracers = &t->engine->tracers;
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
static void settle_forgotten(struct tracing *t)
{
	struct transition *transition, *next;

	for (transition = TAILQ_FIRST(&t->engine->transitions.list); transition; transition = next) {
		bool remove = transition->kind == TRANSITION_UNTRACE;
		uint32_t id = transition->tracer;
		struct tracing_item *changed;
		struct tracing_call *call;
		bool there, done;

		next = TAILQ_NEXT(transition, link);
		if (transition->helper_id == 0 || transition_settled(transition) || transition->seen)
			continue;
		there = tracers_find(&t->engine->tracers, id);
		done = there != remove;
		/* Settling moves it to the end of the list, and may free the first. */
		transition_finish(transition, done ? TRANSITION_DONE : TRANSITION_FAILED,
				  done ? NULL : "The helper has forgotten it.", 0);
		call = tracing_calls_find(&t->calls, transition->helper_id);
		changed = tracing_calls_find_change(&t->calls, transition->helper_id);
		if (changed) {
			settle_change(changed, done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
				      "The helper has forgotten what became of it.");
			next = TAILQ_FIRST(&t->engine->transitions.list);
			continue;
		}
		tracing_calls_settle(&t->calls, remove, id, done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
				     "The helper has forgotten what became of it.");
		/* A transition changes all of its tracers, or none. */
		if (call)
			tracing_calls_settle_all(&t->calls, call,
						 done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
						 "The helper has forgotten what became of it.");
		next = TAILQ_FIRST(&t->engine->transitions.list);
	}
}

static void on_ops_done(int error, const char *message, void *userdata)
{
	struct tracing *t = userdata;

	(void)message;
	if (error >= 0)
		tracers_end_dump(&t->engine->tracers);
	else if (error == -EAGAIN)
		helper_refresh_soon(t->helper);
}

static void on_transition(const void *attributes, size_t size, void *userdata)
{
	struct codec_transition seen;

	if (codec_decode_transition(attributes, size, &seen) >= 0 && !codec_is_of_patches(&seen))
		apply_transition(userdata, &seen, true);
}

/* All transitions have been dumped, and all ops before. */
static void on_transitions_done(int error, const char *message, void *userdata)
{
	struct tracing *t = userdata;

	(void)message;
	t->reading = false;
	if (error == -EAGAIN)
		helper_refresh_soon(t->helper);
	if (error < 0)
		return;
	settle_forgotten(t);
	tracing_calls_finish(&t->calls);
	if (t->observer)
		t->observer->known(t->userdata);
}

static void on_up(void *userdata)
{
	struct tracing *t = userdata;
	struct transition *transition;
	int r;

	if (t->reading) {
		helper_refresh_soon(t->helper);
		return;
	}
	tracers_begin_dump(&t->engine->tracers);
	TAILQ_FOREACH(transition, &t->engine->transitions.list, link)
		transition->seen = false;
	r = helper_dump(t->helper, LPH_CMD_GET_OP, NULL, NULL, on_op, on_ops_done, t);
	if (r >= 0)
		r = helper_dump(t->helper, LPH_CMD_GET_TRANSITION, NULL, NULL, on_transition, on_transitions_done, t);
	t->reading = r >= 0;
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot read the helper's tracers: %s", strerror(-r));
}

/* -------------------------------------------------- what the link tells */

/* What the helper had is gone with it. Its ids begin anew when it comes back. */
static void forget_all(struct tracing *t)
{
	struct transition *transition, *next;
	struct tracer *tracer;

	while ((tracer = TAILQ_FIRST(&t->engine->tracers.list)))
		tracer_remove(&t->engine->tracers, tracer);
	for (transition = TAILQ_FIRST(&t->engine->transitions.list); transition; transition = next) {
		next = TAILQ_NEXT(transition, link);
		if (transition->helper_id == 0)
			continue;
		transition->helper_id = 0;
		if (transition_settled(transition))
			continue;
		transition_finish(transition, TRANSITION_FAILED, "The helper was unloaded.", 0);
		next = TAILQ_FIRST(&t->engine->transitions.list);
	}
}

static void on_down(void *userdata)
{
	struct tracing *t = userdata;

	t->reading = false;
	forget_all(t);
	t->settled_to = 0;
	tracing_calls_fail(&t->calls, true, FAILURE_HELPER_MISSING,
			   "The module livepatch_helper was unloaded in the middle of this.");
	if (t->observer)
		t->observer->down(t->userdata);
}

static void on_transition_event(const struct codec_transition *seen, void *userdata)
{
	struct tracing *t = userdata;

	if (codec_is_of_patches(seen))
		return;
	apply_transition(t, seen, false);
	tracing_calls_finish(&t->calls);
}

static void on_op_gone(const struct codec_op *op, void *userdata)
{
	struct tracing *t = userdata;
	struct tracer *tracer = tracers_find(&t->engine->tracers, op->id);

	if (tracer) {
		lpd_log(LOG_NOTICE, "Tracer %u left with the module of %s.", op->id, tracer->function);
		tracer_remove(&t->engine->tracers, tracer);
	}
	tracing_calls_settle(&t->calls, true, op->id, FAILURE_NONE, "");
	tracing_calls_settle(&t->calls, false, op->id, FAILURE_NO_SUCH_FUNCTION, "The function's module was unloaded.");
	tracing_calls_finish(&t->calls);
}

static const struct helper_observer observer = {
	.up = on_up,
	.down = on_down,
	.transition = on_transition_event,
	.op_gone = on_op_gone,
};

void tracing_observe(struct tracing *t, const struct tracing_observer *told, void *userdata)
{
	t->observer = told;
	t->userdata = userdata;
}

int tracing_new(struct engine *engine, struct helper *helper, struct tracing **ret)
{
	_cleanup_(tracing_freep) struct tracing *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->engine = engine;
	t->helper = helper;
	TAILQ_INIT(&t->calls);
	LIST_INIT(&t->searches);
	r = helper_subscribe(helper, &observer, t);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(t);
	return 0;
}

struct tracing *tracing_free(struct tracing *t)
{
	struct tracing_call *call;

	holder_searches_clear(&t->searches, t->engine);
	while ((call = TAILQ_FIRST(&t->calls))) {
		TAILQ_REMOVE(&t->calls, call, link);
		(void)tracing_call_free(call);
	}
	free(t);
	return NULL;
}
