// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/activity-bus.h"
#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/doctor-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "engine/engine.h"
#include "engine/helper-link.h"
#include "util/time-util.h"
#include "worker/doctor-report.h"
#include "worker/doctor.h"
#include "worker/operation.h"

#define LOOK_USEC (120 * USEC_PER_SEC)

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static int append_facts(sd_bus_message *reply, struct json_object *facts)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(sss)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(facts); i++) {
		struct json_object *fact = json_object_array_get_idx(facts, i);

		r = sd_bus_message_append(reply, "(sss)", get(fact, "section"), get(fact, "name"), get(fact, "value"));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_findings(sd_bus_message *reply, struct json_object *findings)
{
	int r;

	r = sd_bus_message_open_container(reply, 'a', "(ssss)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);

		r = sd_bus_message_append(reply, "(ssss)", get(finding, "severity"), get(finding, "check"),
					  get(finding, "message"), get(finding, "way_out"));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_report(sd_bus_message *reply, struct json_object *result)
{
	int r;

	r = append_facts(reply, json_object_object_get(result, "facts"));
	return r < 0 ? r : append_findings(reply, json_object_object_get(result, "findings"));
}

static void on_looked(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	request_answer(userdata, r, result, failure, append_report);
}

static void run(struct request *request, void *data)
{
	struct api *api = request->api;
	struct doctor_request what = {
		.kernel = {
			.root = api->engine->setup.root,
			.state = api->engine->setup.state,
			.confs = api->engine->setup.confs,
			.patches = &api->engine->patches,
		},
		.config_file = api->engine->setup.config_file,
		.config = &api->engine->setup.config,
		.off = api->engine->setup.off,
		.helper_loaded = helper_is_up(api->helper),
		.helper_version = helper_version(api->helper),
		.patches = &api->engine->patches,
		.transitions = &api->engine->transitions,
	};
	struct transition *current;
	int r;

	(void)data;
	(void)activity_bus_state(api, &current);
	what.current = current;
	r = operation_start(api->engine->operations, "gather what a report needs", LOOK_USEC, doctor_look, &what,
			    on_looked, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

int doctor_bus_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	int r;

	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	return request_new(userdata, message, POLKIT_INSPECT, run, NULL, NULL, error);
}
