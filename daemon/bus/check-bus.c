// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/check-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "engine/engine.h"
#include "model/klp-patch.h"
#include "util/time-util.h"
#include "worker/kernel-ops.h"
#include "worker/kernel-request.h"
#include "worker/operation.h"

#define CHECK_USEC (60 * USEC_PER_SEC)

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static int append_check(sd_bus_message *reply, struct json_object *result)
{
	struct json_object *findings = json_object_object_get(result, "findings");
	int r;

	r = sd_bus_message_append(reply, "sss", get(result, "name"), get(result, "file"), get(result, "sha256"));
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssss)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);

		r = sd_bus_message_append(reply, "(ssss)", get(finding, "severity"), get(finding, "check"),
					  get(finding, "function"), get(finding, "message"));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void on_checked(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	request_answer(userdata, r, result, failure, append_check);
}

static void run(struct request *request, void *data)
{
	struct api *api = request->api;
	const struct kernel_request what = {
		.root = api->engine->setup.root,
		.file = data,
		.state = api->engine->setup.state,
		.confs = api->engine->setup.confs,
		.patches = &api->engine->patches,
	};
	int r;

	r = operation_start(api->engine->operations, "check a patch", CHECK_USEC, api->engine->setup.kernel->check,
			    &what, on_checked, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

int check_bus_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_free_ char *data = NULL, *name = NULL;
	const char *patch;
	int r;

	r = sd_bus_message_read(message, "s", &patch);
	if (r < 0)
		return r;
	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	data = strdup(patch);
	name = strdup(patch);
	if (!data || !name)
		return -ENOMEM;
	if (patch[0] != '/' && klp_normalize_name(name) < 0)
		return bus_invalid(error, "\"%s\" is neither an absolute path nor a module's name.", patch);
	r = request_new(userdata, message, POLKIT_LOAD, run, data, free, error);
	if (r >= 0)
		data = NULL;
	return r;
}
