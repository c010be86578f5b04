// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/peers-bus.h"
#include "bus/request.h"
#include "engine/engine.h"
#include "kernel/klp-sysfs.h"
#include "model/function-pattern.h"
#include "peers/read.h"
#include "util/json-util.h"
#include "util/time-util.h"
#include "worker/operation.h"

enum {
	PATTERNS_MAX = 4096,
	/* So that the answer is one message that a bus takes. */
	FUNCTIONS_MAX = 2000,
};

/* Reading all tables of a kernel that traces everything takes a while. */
#define LOOK_USEC (60 * USEC_PER_SEC)

struct list_data {
	struct klp_root root;
	char **patterns;
	size_t n_patterns;
};

static void list_data_free(void *p)
{
	struct list_data *data = p;

	for (size_t i = 0; i < data->n_patterns; i++)
		free(data->patterns[i]);
	free(data->patterns);
	free(data);
}

static inline void list_data_freep(struct list_data **data)
{
	if (*data)
		list_data_free(*data);
}

/* -------------------------------------------------------------- the child */

static int look(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct list_data *data = argument;
	_cleanup_(peers_clear) struct peers peers = {
		.max = FUNCTIONS_MAX,
		.patterns = (const char *const *)data->patterns,
		.n_patterns = data->n_patterns,
	};
	struct json_object *list;
	const char *missing;
	int r;

	r = peers_look(&data->root, &peers, &missing);
	if (r == -E2BIG)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "Somebody is on more than %i of these functions; ask for fewer.", FUNCTIONS_MAX);
	if (r == -ENOENT)
		return failure_set(failure, FAILURE_NO_SUCH_FUNCTION,
				   "There is no function %s, neither in the kernel nor in a loaded module.", missing);
	if (r >= 0)
		r = peers_to_json(&peers, &list);
	if (r >= 0)
		json_object_object_add(result, "list", list);
	return r;
}

/* -------------------------------------------------------------- the answer */

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static int flag(struct json_object *object, const char *key)
{
	return json_object_get_boolean(json_object_object_get(object, key));
}

static int append_strings(sd_bus_message *reply, struct json_object *list)
{
	size_t n = list ? json_object_array_length(list) : 0;
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "s");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(reply, "s", json_object_get_string(json_object_array_get_idx(list, i)));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_peers(sd_bus_message *reply, struct json_object *list)
{
	size_t n = list ? json_object_array_length(list) : 0;
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(sssbsbss)");
	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct json_object *peer = json_object_array_get_idx(list, i);

		r = sd_bus_message_append(reply, "(sssbsbss)", text(peer, "kind"), text(peer, "name"),
					  text(peer, "class"), flag(peer, "active"), text(peer, "files"),
					  flag(peer, "misfiles"), text(peer, "detail"), text(peer, "detach"));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_ftrace(sd_bus_message *reply, struct json_object *ftrace)
{
	uint32_t ops = (uint32_t)json_object_get_int64(json_object_object_get(ftrace, "ops"));

	return sd_bus_message_append(reply, "(uss)", ops, text(ftrace, "flags"), text(ftrace, "calls"));
}

static int append_function(sd_bus_message *reply, struct json_object *function)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "ssasa(sssbsbss)as(uss)");
	if (r >= 0)
		r = sd_bus_message_append(reply, "ss", text(function, "function"), text(function, "winner"));
	if (r >= 0)
		r = append_strings(reply, json_object_object_get(function, "unless"));
	if (r >= 0)
		r = append_peers(reply, json_object_object_get(function, "peers"));
	if (r >= 0)
		r = append_strings(reply, json_object_object_get(function, "conflicts"));
	if (r >= 0)
		r = append_ftrace(reply, json_object_object_get(function, "ftrace"));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int make_reply(struct request *request, struct json_object *list, sd_bus_message **ret)
{
	struct json_object *functions = json_object_object_get(list, "functions");
	size_t n = functions ? json_object_array_length(functions) : 0;
	int r;

	r = sd_bus_message_new_method_return(request->message, ret);
	if (r >= 0)
		r = sd_bus_message_open_container(*ret, SD_BUS_TYPE_ARRAY, "(ssasa(sssbsbss)as(uss))");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_function(*ret, json_object_array_get_idx(functions, i));
	if (r >= 0)
		r = sd_bus_message_close_container(*ret);
	return r < 0 ? r : append_strings(*ret, json_object_object_get(list, "unseen"));
}

static void on_looked(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct request *request = userdata;

	if (r >= 0)
		r = make_reply(request, json_object_object_get(result, "list"), &reply);
	if (r < 0)
		request_fail(request, r, failure);
	else
		request_send(request, reply);
}

/* -------------------------------------------------------------- the request */

static void list(struct request *request, void *data)
{
	struct api *api = request->api;
	int r;

	r = operation_start(api->engine->operations, "see who is on functions", LOOK_USEC, look, data, on_looked,
			    request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int read_patterns(sd_bus_message *message, struct list_data *data, sd_bus_error *error)
{
	const char *pattern;
	int r;

	r = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &pattern)) > 0) {
		char **grown;

		if (data->n_patterns == PATTERNS_MAX)
			return bus_invalid(error, "One request has %i patterns at most.", PATTERNS_MAX);
		if (function_pattern_check(pattern) < 0)
			return bus_invalid(error, "\"%s\" is no function's name or pattern: [MODULE:]SYMBOL, with *, ? and [].",
					   pattern);
		grown = reallocarray(data->patterns, data->n_patterns + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		data->patterns = grown;
		grown[data->n_patterns] = strdup(pattern);
		if (!grown[data->n_patterns])
			return -ENOMEM;
		data->n_patterns++;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int peers_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(list_data_freep) struct list_data *data = calloc(1, sizeof(*data));
	struct api *api = userdata;
	int r;

	if (!data)
		return -ENOMEM;
	data->root = api->engine->setup.root;
	r = read_patterns(message, data, error);
	if (r >= 0)
		r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	r = request_new(api, message, NULL, list, data, list_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}
