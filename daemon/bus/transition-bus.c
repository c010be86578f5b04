// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/activity-bus.h"
#include "bus/api.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "bus/transition-bus.h"
#include "engine/changes/batch.h"
#include "engine/changes/changes.h"
#include "engine/engine.h"
#include "engine/tracing/tracing.h"
#include "util/log.h"

enum { REASON_MAX = 1024 };

#define PREFIX BUS_PATH "/transition"
#define INTERFACE "org.livepatchd1.Transition"

static int get_kind(sd_bus *bus, const char *path, const char *interface, const char *property,
		    sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct transition *transition = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", transition_kind_name(transition->kind));
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct transition *transition = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", transition_state_name(transition->state));
}

static int get_error(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct transition *transition = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s",
				     transition->error != FAILURE_NONE ? failure_name(transition->error) : "");
}

static int get_progress(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct transition *transition = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "d", transition_progress(transition));
}

/* The transition may have settled, and even be gone, while polkit was asked. */
static void cancel(struct request *request, void *data)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct api *api = request->api;
	struct transition *transition = transitions_find(&api->engine->transitions, *(uint64_t *)data);
	int r;

	if (!transition)
		r = failure_set(&failure, FAILURE_NOTHING_TO_CANCEL, "The transition has settled already.");
	else if (transition->kind == TRANSITION_LOAD_ALL)
		r = batch_cancel(api->batch, transition, &failure);
	else if (transition->kind != TRANSITION_TRACE && transition->kind != TRANSITION_UNTRACE)
		r = changes_cancel(api->changes, transition, &failure);
	else
		r = tracing_cannot_cancel(transition, &failure);

	if (r < 0)
		request_fail(request, r, &failure);
	else
		request_reply(request, "");
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const char *const actions[_TRANSITION_KIND_MAX] = {
		[TRANSITION_LOAD] = POLKIT_LOAD,
		[TRANSITION_UNLOAD] = POLKIT_UNLOAD,
		[TRANSITION_TRACE] = POLKIT_TRACE,
		[TRANSITION_UNTRACE] = POLKIT_TRACE,
		[TRANSITION_LOAD_ALL] = POLKIT_LOAD,
		[TRANSITION_ORDER] = POLKIT_LOAD,
	};
	const struct transition *transition = userdata;
	uint64_t *id = malloc(sizeof(*id));
	int r;

	if (!id)
		return -ENOMEM;
	*id = transition->id;
	r = request_new(transition->owner->userdata, message, actions[transition->kind], cancel, id, free, error);
	if (r < 0)
		free(id);
	return r;
}

/**
 * struct force_data - what is to be forced
 * @reason: points into the call
 */
struct force_data {
	uint64_t id;
	const char *reason;
};

static void force(struct request *request, void *p)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct api *api = request->api;
	const struct force_data *data = p;
	struct transition *transition = transitions_find(&api->engine->transitions, data->id);
	int r;

	if (!transition)
		r = failure_set(&failure, FAILURE_NOTHING_TO_FORCE, "The transition has settled already.");
	else
		r = changes_force(api->changes, transition, data->reason, request->uid, &failure);
	if (r < 0)
		request_fail(request, r, &failure);
	else
		request_reply(request, "");
}

static int method_force(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct transition *transition = userdata;
	struct force_data *data;
	const char *reason;
	int r;

	r = sd_bus_message_read(message, "s", &reason);
	if (r < 0)
		return r;
	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	if (!*reason || strlen(reason) > REASON_MAX)
		return bus_invalid(error, "A reason is wanted, of up to %i bytes.", REASON_MAX);
	data = malloc(sizeof(*data));
	if (!data)
		return -ENOMEM;
	*data = (struct force_data){ transition->id, reason };
	r = request_new(transition->owner->userdata, message, POLKIT_FORCE, force, data, free, error);
	if (r < 0)
		free(data);
	return r;
}

#define CHANGING SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Cancel", "", "", method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Force", SD_BUS_ARGS("s", reason, "a{sv}", options), SD_BUS_NO_RESULT, method_force,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Id", "t", NULL, offsetof(struct transition, id), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Kind", "s", get_kind, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Subject", "s", NULL, offsetof(struct transition, subject), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGING),
	SD_BUS_PROPERTY("Message", "s", NULL, offsetof(struct transition, message), CHANGING),
	SD_BUS_PROPERTY("Error", "s", get_error, 0, CHANGING),
	SD_BUS_PROPERTY("TasksTotal", "u", NULL, offsetof(struct transition, tasks_total), CHANGING),
	SD_BUS_PROPERTY("TasksRemaining", "u", NULL, offsetof(struct transition, tasks_remaining), CHANGING),
	SD_BUS_PROPERTY("Progress", "d", get_progress, 0, CHANGING),
	SD_BUS_PROPERTY("QueuedAt", "t", NULL, offsetof(struct transition, queued_at), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("StartedAt", "t", NULL, offsetof(struct transition, started_at), CHANGING),
	SD_BUS_PROPERTY("FinishedAt", "t", NULL, offsetof(struct transition, finished_at), CHANGING),
	SD_BUS_PROPERTY("Deadline", "t", NULL, offsetof(struct transition, deadline), CHANGING),
	SD_BUS_PROPERTY("Strategy", "s", NULL, offsetof(struct transition, strategy), CHANGING),
	SD_BUS_PROPERTY("Consistency", "s", NULL, offsetof(struct transition, consistency),
			SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Traps", "t", NULL, offsetof(struct transition, traps), CHANGING),
	SD_BUS_PROPERTY("MaxDepth", "u", NULL, offsetof(struct transition, max_depth), CHANGING),
	SD_BUS_PROPERTY("Lapses", "t", NULL, offsetof(struct transition, lapses), CHANGING),
	SD_BUS_PROPERTY("LongestStop", "t", NULL, offsetof(struct transition, longest_stop), CHANGING),
	SD_BUS_VTABLE_END,
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error)
{
	struct api *api = userdata;
	struct transition *transition;
	uint64_t id;

	(void)bus, (void)interface, (void)error;
	if (bus_number_of_path(path, PREFIX, &id) < 0)
		return 0;
	transition = transitions_find(&api->engine->transitions, id);
	if (!transition)
		return 0;
	*ret = transition;
	return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error)
{
	struct api *api = userdata;
	struct transition *transition;
	char path[BUS_PATH_SIZE];
	size_t n = 0;
	char **paths;

	(void)bus, (void)prefix, (void)error;
	TAILQ_FOREACH(transition, &api->engine->transitions.list, link)
		n++;
	paths = calloc(n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	n = 0;
	TAILQ_FOREACH(transition, &api->engine->transitions.list, link) {
		paths[n] = strdup(bus_number_path(path, PREFIX, transition->id));
		if (paths[n])
			n++;
	}
	*ret = paths;
	return 0;
}

int transition_bus_register(struct api *api)
{
	int r;

	r = sd_bus_add_fallback_vtable(api->bus, NULL, PREFIX, INTERFACE, vtable, find, api);
	if (r < 0)
		return r;
	return sd_bus_add_node_enumerator(api->bus, NULL, PREFIX, enumerate, api);
}

const char *transition_bus_path(char path[BUS_PATH_SIZE], const struct transition *transition)
{
	return transition ? bus_number_path(path, PREFIX, transition->id) : "/";
}

static void emitted(int r, const struct transition *transition)
{
	if (r < 0)
		lpd_log_about(LOG_WARNING, NULL, transition->id, "Cannot tell the bus of transition %ju: %s",
			      (uintmax_t)transition->id, strerror(-r));
}

static void added(struct transition *transition, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];

	emitted(sd_bus_emit_object_added(api->bus, transition_bus_path(path, transition)), transition);
}

static void changed(struct transition *transition, unsigned int what, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];
	const char *names[16];
	size_t n = 0;

	if (what & TRANSITION_STATE_CHANGED) {
		names[n++] = "State";
		names[n++] = "Message";
		names[n++] = "Error";
		names[n++] = "StartedAt";
		names[n++] = "FinishedAt";
		names[n++] = "Deadline";
	}
	if (what & TRANSITION_TASKS_CHANGED) {
		names[n++] = "TasksTotal";
		names[n++] = "TasksRemaining";
	}
	if (what & (TRANSITION_STATE_CHANGED | TRANSITION_TASKS_CHANGED))
		names[n++] = "Progress";
	/* The kernel's own transitions have neither. */
	if ((what & TRANSITION_STATE_CHANGED) && transition->strategy[0]) {
		names[n++] = "Strategy";
		names[n++] = "Traps";
		names[n++] = "MaxDepth";
		names[n++] = "Lapses";
		names[n++] = "LongestStop";
	}
	names[n] = NULL;
	if (n > 0)
		emitted(sd_bus_emit_properties_changed_strv(api->bus, transition_bus_path(path, transition), INTERFACE,
							    (char **)names),
			transition);
	activity_bus_update(api);
}

static void removed(struct transition *transition, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];

	emitted(sd_bus_emit_object_removed(api->bus, transition_bus_path(path, transition)), transition);
}

const struct transition_observer transition_bus_observer = {
	.added = added,
	.changed = changed,
	.removed = removed,
};
