// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/queue.h>

#include "genl.h"
#include "manager-bus.h"
#include "tracing-call.h"
#include "tracing.h"
#include "util/log.h"
#include "util/time-util.h"

#define HELPER "livepatch_helper"
#define PROBE_USEC (60 * USEC_PER_SEC)
#define REFRESH_USEC (300 * USEC_PER_MSEC)

/**
 * struct listing - a dump for somebody else
 */
struct listing {
	LIST_ENTRY(listing) link;
	tracing_listed_t listed;	/* NULL: nobody waits any more */
	void *userdata;
};

/**
 * struct tracing - the daemon's copy of the helper
 * @calls: requests that have not settled
 * @listings: dumps for others
 * @version: the helper's, "" while it is not known
 * @told_up: what the bus last heard of it
 * @probing: a child loads the module
 * @refreshing: the copy is being made anew
 * @again: when it is made anew after that
 */
struct tracing {
	struct manager *manager;
	struct genl *genl;
	struct tracing_calls calls;
	LIST_HEAD(, listing) listings;
	char version[64];
	bool told_up;
	bool probing;
	bool refreshing;
	sd_event_source *again;
};

/* Soon, but not as often as somebody else changes things. */
static void refresh_soon(struct tracing *t)
{
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(t->again, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(t->again, REFRESH_USEC);
	(void)sd_event_source_set_enabled(t->again, SD_EVENT_ONESHOT);
}

bool tracing_is_up(const struct tracing *t)
{
	return genl_is_up(t->genl);
}

const char *tracing_version(const struct tracing *t)
{
	return t->version;
}

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

static int add_transition(struct tracing *t, uint64_t helper_id, enum transition_kind kind,
			  const struct function_name *function, uint32_t tracer, uint64_t queued_at,
			  struct transition **ret)
{
	struct manager *m = t->manager;
	struct tracer *known = tracers_find(&m->tracers, tracer);
	char name[FUNCTION_NAME_MAX];
	uint64_t id;
	int r;

	r = store_next_id(m->store, &id);
	if (r < 0)
		return r;
	r = transition_new(&m->transitions, id, kind, known ? known->function : function_name_format(name, function),
			   codec_strategy_name(LPH_STRATEGY_SLOTS), queued_at, ret);
	if (r < 0)
		return r;
	(*ret)->helper_id = helper_id;
	(*ret)->tracer = tracer;
	(*ret)->seen = true;
	manager_update(m);
	return 0;
}

/* The tracer first: whoever hears that a transition is over must find it as it now is. */
static void update_tracer(struct tracing *t, const struct codec_transition *seen)
{
	struct tracers *tracers = &t->manager->tracers;
	struct tracer *tracer = tracers_find(tracers, seen->op);
	bool remove = seen->kind == LPH_TRANSITION_REMOVE;

	if (!tracer) {
		/* Somebody else talks to the helper, too. */
		if (!remove && seen->state != LPH_TRANSITION_FAILED)
			refresh_soon(t);
		return;
	}

	switch (seen->state) {
	case LPH_TRANSITION_DONE:
		if (remove)
			tracer_remove(tracers, tracer);
		else if (tracer->state == TRACER_QUEUED)
			tracer_set_state(tracers, tracer, TRACER_ATTACHED);
		break;
	case LPH_TRANSITION_FAILED:
		if (remove)
			tracer_set_state(tracers, tracer, TRACER_ATTACHED);
		else
			tracer_remove(tracers, tracer);
		break;
	default:
		if (remove)
			tracer_set_state(tracers, tracer, TRACER_REMOVING);
		break;
	}
}

static void settle(struct tracing *t, struct transition *transition, const struct codec_transition *seen)
{
	bool failed = seen->state == LPH_TRANSITION_FAILED;
	const char *message = NULL;

	if (failed)
		message = seen->message[0] ? seen->message : strerror((int)seen->error);
	transition_start(transition, seen->started_at);
	transition_finish(transition, failed ? TRANSITION_FAILED : TRANSITION_DONE, message, seen->settled_at);
	tracing_calls_settle(&t->calls, seen->kind == LPH_TRANSITION_REMOVE, seen->op,
			     failed ? tracing_failure_kind(-(int)seen->error) : FAILURE_NONE, message ?: "");
}

static void apply_transition(struct tracing *t, const struct codec_transition *seen, bool dumped)
{
	struct transition *transition = transitions_find_helper(&t->manager->transitions, seen->id);
	bool settled = seen->state == LPH_TRANSITION_DONE || seen->state == LPH_TRANSITION_FAILED;
	int r;

	if (!transition) {
		/* Settled before we knew of it. */
		if (dumped && settled)
			return;
		r = add_transition(t, seen->id,
				   seen->kind == LPH_TRANSITION_REMOVE ? TRANSITION_UNTRACE : TRANSITION_TRACE,
				   &seen->function, seen->op, seen->queued_at, &transition);
		if (r < 0) {
			lpd_log(LOG_ERR, "Cannot keep transition %ju of the helper: %s", (uintmax_t)seen->id,
				strerror(-r));
			return;
		}
	}
	transition->seen = true;
	if (transition_settled(transition))
		return;

	update_tracer(t, seen);
	transition->strategy = codec_strategy_name(seen->strategy);
	transition_set_traps(transition, seen->traps, seen->max_depth, seen->lapses);
	if (settled)
		settle(t, transition, seen);
	else if (seen->state == LPH_TRANSITION_RUNNING)
		transition_start(transition, seen->started_at);
}

/* ------------------------------------------------------------ the copy */

static void on_info(const void *attributes, size_t size, void *userdata)
{
	struct tracing *t = userdata;

	if (codec_decode_version(attributes, size, t->version, sizeof(t->version)) >= 0)
		manager_bus_helper_changed(t->manager);
}

static void on_op(const void *attributes, size_t size, void *userdata)
{
	struct tracing *t = userdata;
	struct tracers *tracers = &t->manager->tracers;
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	static const enum tracer_state states[] = {
		[LPH_OP_QUEUED] = TRACER_QUEUED,
		[LPH_OP_ATTACHED] = TRACER_ATTACHED,
		[LPH_OP_REMOVING] = TRACER_REMOVING,
	};
	enum tracer_state state;
	char name[FUNCTION_NAME_MAX];
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
		tracer_set_state(tracers, tracer, state);
		return;
	}
	r = tracer_new(tracers, op.id, function_name_format(name, &op.function), codec_kind_name(op.kind), op.priority,
		       codec_backend_name(LPH_BACKEND_DIRECT), state, &tracer);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot keep tracer %u: %s", op.id, strerror(-r));
}

static void on_ops_done(int error, const char *message, void *userdata)
{
	struct tracing *t = userdata;

	(void)message;
	if (error >= 0)
		tracers_end_dump(&t->manager->tracers);
	else if (error == -EAGAIN)
		refresh_soon(t);
}

static void on_transition(const void *attributes, size_t size, void *userdata)
{
	struct codec_transition transition;

	if (codec_decode_transition(attributes, size, &transition) >= 0)
		apply_transition(userdata, &transition, true);
}

/* What was awaited, and settled so long ago that the helper has forgotten it. */
static void settle_forgotten(struct tracing *t)
{
	struct manager *m = t->manager;
	struct transition *transition, *next;

	for (transition = TAILQ_FIRST(&m->transitions.list); transition; transition = next) {
		bool remove = transition->kind == TRANSITION_UNTRACE;
		uint32_t id = transition->tracer;
		bool there, done;

		next = TAILQ_NEXT(transition, link);
		if (transition->helper_id == 0 || transition_settled(transition) || transition->seen)
			continue;
		there = tracers_find(&m->tracers, id);
		done = there != remove;
		/* Settling moves it to the end of the list, and may free the first. */
		transition_finish(transition, done ? TRANSITION_DONE : TRANSITION_FAILED,
				  done ? NULL : "The helper has forgotten it.", 0);
		tracing_calls_settle(&t->calls, remove, id, done ? FAILURE_NONE : FAILURE_KERNEL_REFUSED,
				     "The helper has forgotten what became of it.");
		next = TAILQ_FIRST(&m->transitions.list);
	}
}

static void on_transitions_done(int error, const char *message, void *userdata)
{
	struct tracing *t = userdata;

	(void)message;
	t->refreshing = false;
	if (error >= 0) {
		settle_forgotten(t);
		tracing_calls_finish(&t->calls);
	} else if (error == -EAGAIN) {
		refresh_soon(t);
	}
	manager_ready(t->manager);
}

static void refresh(struct tracing *t)
{
	struct manager *m = t->manager;
	struct transition *transition;
	int r;

	if (t->refreshing) {
		refresh_soon(t);
		return;
	}
	t->refreshing = true;
	tracers_begin_dump(&m->tracers);
	TAILQ_FOREACH(transition, &m->transitions.list, link)
		transition->seen = false;

	r = genl_request(t->genl, LPH_CMD_GET_INFO, false, NULL, NULL, on_info, NULL, t);
	if (r >= 0)
		r = genl_request(t->genl, LPH_CMD_GET_OP, true, NULL, NULL, on_op, on_ops_done, t);
	if (r >= 0)
		r = genl_request(t->genl, LPH_CMD_GET_TRANSITION, true, NULL, NULL, on_transition,
				 on_transitions_done, t);
	if (r < 0) {
		t->refreshing = false;
		lpd_log(LOG_ERR, "Cannot read the helper's state: %s", strerror(-r));
	}
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tracing *t = userdata;

	(void)source;
	(void)usec;
	if (tracing_is_up(t))
		refresh(t);
	return 0;
}

/* -------------------------------------------------------------- requests */

static void item_failed(struct tracing_item *item, int error, const char *message)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };

	(void)failure_set(&failure, tracing_failure_kind(error), "%s", *message ? message : strerror(-error));
	tracing_call_settle(item->call, item, &failure);
}

static void on_added(const void *attributes, size_t size, void *userdata)
{
	struct tracing_item *item = userdata;
	struct tracing_call *call = item->call;
	struct tracing *t = call->tracing;
	struct codec_transition seen;
	struct transition *transition;
	char name[FUNCTION_NAME_MAX];
	struct tracer *tracer;
	struct codec_op op;
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r >= 0) {
		item->id = op.id;
		codec_op_clear(&op);
		r = codec_decode_transition(attributes, size, &seen);
	}
	if (r >= 0)
		r = tracer_new(&t->manager->tracers, item->id, function_name_format(name, &item->function),
			       codec_kind_name(call->kind), call->priority, codec_backend_name(LPH_BACKEND_DIRECT),
			       TRACER_QUEUED, &tracer);
	if (r >= 0)
		r = add_transition(t, seen.id, TRANSITION_TRACE, &item->function, item->id, 0, &transition);
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
		r = add_transition(t, seen.id, TRANSITION_UNTRACE, &item->function, item->id, 0, &transition);
	if (r < 0)
		item_failed(item, r, "");
	else if (tracer)
		tracer_set_state(tracers, tracer, TRACER_REMOVING);
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

	return codec_encode_add_op(message, &item->function, item->call->kind, item->call->priority,
				   item->call->strategy);
}

static int encode_remove(struct nl_msg *message, const void *argument)
{
	const struct tracing_item *item = argument;

	return codec_encode_del_op(message, item->id, item->call->strategy);
}

static void send_call(struct tracing *t, struct tracing_call *call)
{
	call->sent = true;
	for (size_t i = 0; i < call->n_items; i++) {
		struct tracing_item *item = call->items + i;
		int r;

		if (call->remove)
			r = genl_request(t->genl, LPH_CMD_DEL_OP, false, encode_remove, item, on_removed,
					 on_remove_done, item);
		else
			r = genl_request(t->genl, LPH_CMD_ADD_OP, false, encode_add, item, on_added, on_add_done,
					 item);
		if (r < 0)
			item_failed(item, r, "");
	}
}

static void on_probed(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct tracing *t = userdata;

	(void)result;
	t->probing = false;
	if (tracing_is_up(t))
		return;
	if (r >= 0)
		r = genl_look(t->genl);
	if (r < 0)
		tracing_calls_fail(&t->calls, FAILURE_HELPER_MISSING,
				   failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r));
}

static int probe(struct tracing *t)
{
	const struct kernel_request request = { .root = t->manager->setup.root, .name = HELPER };
	int r;

	if (t->probing)
		return 0;
	r = operation_start(t->manager->operations, "load the helper", PROBE_USEC, t->manager->setup.kernel->probe,
			    &request, on_probed, t);
	t->probing = r >= 0;
	return r;
}

int tracing_add(struct manager *m, const struct function_name *functions, size_t n_functions, uint32_t kind,
		int32_t priority, uint32_t strategy, tracing_done_t done, void *userdata)
{
	struct tracing *t = m->tracing;
	struct tracing_call *call;
	int r;

	if (!tracing_is_up(t)) {
		r = probe(t);
		if (r < 0)
			return r;
	}
	call = tracing_call_new(t, n_functions, done, userdata);
	if (!call)
		return -ENOMEM;
	call->kind = kind;
	call->priority = priority;
	call->strategy = strategy;
	for (size_t i = 0; i < n_functions; i++)
		call->items[i].function = functions[i];
	TAILQ_INSERT_TAIL(&t->calls, call, link);
	if (tracing_is_up(t))
		send_call(t, call);
	return 0;
}

int tracing_remove(struct manager *m, const uint32_t *ids, size_t n_ids, uint32_t strategy, tracing_done_t done,
		   void *userdata)
{
	struct tracing *t = m->tracing;
	struct tracing_call *call;

	if (!tracing_is_up(t))
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
	struct listing *listing;

	TAILQ_FOREACH(call, &m->tracing->calls, link)
		if (call->userdata == userdata)
			call->done = NULL;
	LIST_FOREACH(listing, &m->tracing->listings, link)
		if (listing->userdata == userdata)
			listing->listed = NULL;
}

/* ---------------------------------------------------------------- listing */

static void on_listed(const void *attributes, size_t size, void *userdata)
{
	struct listing *listing = userdata;

	if (listing->listed)
		listing->listed(attributes, size, 0, listing->userdata);
}

static void on_list_done(int error, const char *message, void *userdata)
{
	struct listing *listing = userdata;
	tracing_listed_t listed = listing->listed;
	void *for_whom = listing->userdata;

	(void)message;
	LIST_REMOVE(listing, link);
	free(listing);
	if (listed)
		listed(NULL, 0, error, for_whom);
}

int tracing_list(struct manager *m, uint8_t command, tracing_listed_t listed, void *userdata)
{
	struct tracing *t = m->tracing;
	struct listing *listing;
	int r;

	if (!tracing_is_up(t))
		return -ENODEV;
	listing = calloc(1, sizeof(*listing));
	if (!listing)
		return -ENOMEM;
	listing->listed = listed;
	listing->userdata = userdata;
	r = genl_request(t->genl, command, true, NULL, NULL, on_listed, on_list_done, listing);
	if (r < 0) {
		free(listing);
		return r;
	}
	LIST_INSERT_HEAD(&t->listings, listing, link);
	return 0;
}

/* -------------------------------------------------------------- the helper */

static void on_up(void *userdata)
{
	struct tracing *t = userdata;
	struct tracing_call *call;

	lpd_log(LOG_INFO, "The helper is there.");
	t->told_up = true;
	manager_bus_helper_changed(t->manager);
	refresh(t);
	TAILQ_FOREACH(call, &t->calls, link)
		if (!call->sent)
			send_call(t, call);
}

/* What the helper had is gone with it. Its ids begin anew when it comes back. */
static void forget_all(struct tracing *t)
{
	struct manager *m = t->manager;
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

static void on_down(void *userdata)
{
	struct tracing *t = userdata;
	bool was_up = TAKE(t->told_up, false);

	t->version[0] = '\0';
	t->refreshing = false;
	forget_all(t);
	if (was_up) {
		lpd_log(LOG_NOTICE, "The helper is gone.");
		manager_bus_helper_changed(t->manager);
		manager_update(t->manager);
	}
	if (!t->probing)
		tracing_calls_fail(&t->calls, FAILURE_HELPER_MISSING,
				   "The module " HELPER " is not loaded, or was unloaded in the middle of this.");
	manager_ready(t->manager);
}

static void on_event(uint8_t command, const void *attributes, size_t size, void *userdata)
{
	struct tracing *t = userdata;
	struct tracers *tracers = &t->manager->tracers;
	struct codec_transition transition;
	struct tracer *tracer;
	struct codec_op op;

	switch (command) {
	case LPH_CMD_TRANSITION_EVENT:
		if (codec_decode_transition(attributes, size, &transition) < 0)
			return;
		apply_transition(t, &transition, false);
		break;
	case LPH_CMD_OP_GONE_EVENT:
		if (codec_decode_op(attributes, size, &op) < 0)
			return;
		tracer = tracers_find(tracers, op.id);
		if (tracer) {
			lpd_log(LOG_NOTICE, "Tracer %u left with the module of %s.", op.id, tracer->function);
			tracer_remove(tracers, tracer);
		}
		tracing_calls_settle(&t->calls, true, op.id, FAILURE_NONE, "");
		tracing_calls_settle(&t->calls, false, op.id, FAILURE_NO_SUCH_FUNCTION,
				     "The function's module was unloaded.");
		codec_op_clear(&op);
		break;
	default:
		return;
	}
	tracing_calls_finish(&t->calls);
}

static void on_overrun(void *userdata)
{
	struct tracing *t = userdata;

	lpd_log(LOG_NOTICE, "Events of the helper were lost; reading its state anew.");
	refresh(t);
	/* Those queued before the lost ones are still to come, and may begin what has long settled: look once more. */
	refresh_soon(t);
}

static const struct genl_observer observer = {
	.up = on_up,
	.down = on_down,
	.event = on_event,
	.overrun = on_overrun,
};

int tracing_new(struct manager *m, struct tracing **ret)
{
	_cleanup_(tracing_freep) struct tracing *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->manager = m;
	TAILQ_INIT(&t->calls);
	LIST_INIT(&t->listings);
	r = sd_event_add_time_relative(m->event, &t->again, CLOCK_MONOTONIC, REFRESH_USEC, 0, on_again, t);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(t->again, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = genl_new(m->event, &observer, t, &t->genl);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(t);
	return 0;
}

struct tracing *tracing_free(struct tracing *t)
{
	struct tracing_call *call;
	struct listing *listing;

	sd_event_source_disable_unref(t->again);
	if (t->genl)
		(void)genl_free(t->genl);
	while ((call = TAILQ_FIRST(&t->calls))) {
		TAILQ_REMOVE(&t->calls, call, link);
		(void)tracing_call_free(call);
	}
	while ((listing = LIST_FIRST(&t->listings))) {
		LIST_REMOVE(listing, link);
		free(listing);
	}
	free(t);
	return NULL;
}
