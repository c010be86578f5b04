// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/history-bus.h"
#include "bus/request.h"
#include "engine/changes/history.h"
#include "engine/engine.h"
#include "util/time-util.h"
#include "worker/operation.h"

#define READ_USEC (60 * USEC_PER_SEC)

/* A child's report has its limits, too. */
enum {
	LIMIT_DEFAULT = 100,
	LIMIT_MAX = 1000,
};

static const char *text(struct json_object *entry, const char *key)
{
	return json_object_get_string(json_object_object_get(entry, key)) ?: "";
}

static uint64_t number(struct json_object *entry, const char *key)
{
	return json_object_get_uint64(json_object_object_get(entry, key));
}

static int append(sd_bus_message *reply, struct json_object *entry)
{
	struct json_object *uid;
	int64_t who = -1;

	if (json_object_object_get_ex(entry, "uid", &uid))
		who = json_object_get_int64(uid);
	return sd_bus_message_append(reply, "(tssssxttts)", number(entry, "id"), text(entry, "kind"),
				     text(entry, "subject"), text(entry, "state"), text(entry, "message"), who,
				     number(entry, "queued_at"), number(entry, "started_at"),
				     number(entry, "finished_at"), text(entry, "boot"));
}

static int append_history(sd_bus_message *reply, struct json_object *result)
{
	struct json_object *entries = json_object_object_get(result, "entries");
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(tssssxttts)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(entries); i++)
		r = append(reply, json_object_array_get_idx(entries, i));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void on_read(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	request_answer(userdata, r, result, failure, append_history);
}

static void run(struct request *request, void *data)
{
	struct api *api = request->api;
	const struct history_request what = { api->engine->setup.state, *(uint32_t *)data };
	int r;

	r = operation_start(api->engine->operations, "read the history", READ_USEC, history_read, &what, on_read,
			    request);
	if (r < 0)
		request_fail(request, r, NULL);
}

int history_bus_read(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	uint64_t limit = LIMIT_DEFAULT;
	const struct bus_option options[] = { { "limit", 't', &limit } };
	uint32_t *data;
	int r;

	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	if (limit > LIMIT_MAX)
		return bus_invalid(error, "The option \"limit\" is %i at most.", LIMIT_MAX);
	data = malloc(sizeof(*data));
	if (!data)
		return -ENOMEM;
	*data = (uint32_t)limit;
	r = request_new(userdata, message, NULL, run, data, free, error);
	if (r < 0)
		free(data);
	return r;
}
