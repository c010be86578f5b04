// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "bus/set-bus.h"
#include "bus/transition-bus.h"
#include "engine/changes/batch.h"
#include "engine/engine.h"
#include "util/time-util.h"
#include "worker/kernel-ops.h"
#include "worker/kernel-request.h"
#include "worker/operation.h"

#define INSPECT_USEC (120 * USEC_PER_SEC)

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static void inspect(struct request *request, operation_done_t done)
{
	struct api *api = request->api;
	const struct kernel_request what = {
		.root = api->engine->setup.root,
		.state = api->engine->setup.state,
		.confs = api->engine->setup.confs,
		.patches = &api->engine->patches,
	};
	int r;

	r = operation_start(api->engine->operations, "look at the installed patches", INSPECT_USEC,
			    api->engine->setup.kernel->inspect_set, &what, done, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int method(sd_bus_message *message, struct api *api, const char *action, request_run_t run,
		  sd_bus_error *error)
{
	int r;

	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	return request_new(api, message, action, run, NULL, NULL, error);
}

/* ---------------------------------------------------------------- load all */

static void on_inspected_load(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct transition *transition = NULL;
	char path[BUS_PATH_SIZE];

	if (r >= 0)
		r = batch_load(request->api->batch, result, request->uid, &transition, failure);
	if (r < 0)
		request_fail(request, r, failure);
	else
		request_reply(request, "o", transition_bus_path(path, transition));
}

static void load_all(struct request *request, void *data)
{
	(void)data;
	inspect(request, on_inspected_load);
}

int set_bus_load_all(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return method(message, userdata, POLKIT_LOAD, load_all, error);
}

/* -------------------------------------------------------------------- plan */

static int append_functions(sd_bus_message *reply, struct json_object *functions)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(ssu)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(functions); i++) {
		struct json_object *function = json_object_array_get_idx(functions, i);

		r = sd_bus_message_append(reply, "(ssu)", get(function, "symbol"), get(function, "module"),
					  (uint32_t)json_object_get_int64(json_object_object_get(function, "sympos")));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_patch(sd_bus_message *reply, struct json_object *patch)
{
	int r;

	r = sd_bus_message_open_container(reply, 'r', "sssssa(ssu)");
	if (r < 0)
		return r;
	r = sd_bus_message_append(reply, "sssss", get(patch, "name"), get(patch, "action"), get(patch, "note"),
				  get(patch, "file"), get(patch, "replace"));
	if (r < 0)
		return r;
	r = append_functions(reply, json_object_object_get(patch, "functions"));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_winner(sd_bus_message *reply, struct json_object *function)
{
	struct json_object *patches = json_object_object_get(function, "patches");
	int r;

	r = sd_bus_message_open_container(reply, 'r', "ssusas");
	if (r < 0)
		return r;
	r = sd_bus_message_append(reply, "ssus", get(function, "symbol"), get(function, "module"),
				  (uint32_t)json_object_get_int64(json_object_object_get(function, "sympos")),
				  get(function, "winner"));
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(patches); i++)
		r = sd_bus_message_append(reply, "s", json_object_get_string(json_object_array_get_idx(patches, i)));
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_array(sd_bus_message *reply, const char *type, struct json_object *array,
			int (*append)(sd_bus_message *reply, struct json_object *item))
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', type);
	for (size_t i = 0; r >= 0 && i < json_object_array_length(array); i++)
		r = append(reply, json_object_array_get_idx(array, i));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_plan(sd_bus_message *reply, struct json_object *result)
{
	int r;

	r = append_array(reply, "(sssssa(ssu))", json_object_object_get(result, "patches"), append_patch);
	return r < 0 ? r :
		       append_array(reply, "(ssusas)", json_object_object_get(result, "functions"), append_winner);
}

static void on_inspected_plan(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	request_answer(userdata, r, result, failure, append_plan);
}

static void plan(struct request *request, void *data)
{
	(void)data;
	inspect(request, on_inspected_plan);
}

int set_bus_plan(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return method(message, userdata, NULL, plan, error);
}
