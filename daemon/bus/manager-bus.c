// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/activity-bus.h"
#include "bus/api.h"
#include "bus/blockers-bus.h"
#include "bus/bus-util.h"
#include "bus/check-bus.h"
#include "bus/doctor-bus.h"
#include "bus/history-bus.h"
#include "bus/hits-bus.h"
#include "bus/manager-bus.h"
#include "bus/order-bus.h"
#include "bus/peers-bus.h"
#include "bus/polkit.h"
#include "bus/programs-bus.h"
#include "bus/request.h"
#include "bus/set-bus.h"
#include "bus/tracing-bus.h"
#include "bus/transition-bus.h"
#include "engine/changes/changes.h"
#include "engine/changes/trials.h"
#include "engine/engine.h"
#include "engine/helper-link.h"
#include "engine/transition-watch.h"
#include "model/klp-patch.h"
#include "util/json-util.h"
#include "util/log.h"
#include "util/time-util.h"
#include "version.h"
#include "worker/kernel-ops.h"
#include "worker/kernel-request.h"
#include "worker/operation.h"

#define INTERFACE MANAGER_INTERFACE
#define INSPECT_USEC (60 * USEC_PER_SEC)

/* ------------------------------------------------------- load and unload */

/**
 * struct change_data - what a load or unload is asked to do
 * @patch: as the caller gave it; points into the call
 * @name: the same as a module's name, if it is no path; owned
 * @timeout_usec: 0: none, UINT64_MAX: not given
 * @on_timeout: what then; _ON_TIMEOUT_MAX: not given
 * @persist: for the next boot, too
 * @retry: even if it is in quarantine
 * @how: of a transition of the helper
 * @how_named: the caller said something of it
 * @inspected: what is known of the module's file; owned
 */
struct change_data {
	const char *patch;
	char *name;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	bool persist;
	bool retry;
	struct codec_change how;
	bool how_named;
	struct json_object *inspected;
};

static void change_data_free(void *p)
{
	struct change_data *data = p;

	free(data->name);
	json_object_put(data->inspected);
	free(data);
}

static inline void change_data_freep(struct change_data **data)
{
	if (*data)
		change_data_free(*data);
}

static void reply_transition(struct request *request, int r, const struct failure *failure,
			     const struct transition *transition)
{
	char path[BUS_PATH_SIZE];

	if (r < 0)
		request_fail(request, r, failure);
	else
		request_reply(request, "o", transition_bus_path(path, transition));
}

/* What the call says goes before what the drop-in and the configuration say. */
static void apply_options(struct change_request *what, const struct request *request)
{
	const struct change_data *data = request->data;

	if (data->timeout_usec != UINT64_MAX)
		what->timeout_usec = data->timeout_usec;
	if (data->on_timeout != _ON_TIMEOUT_MAX)
		what->on_timeout = data->on_timeout;
	what->persist = data->persist;
	what->how = data->how;
	what->names_how = data->how_named;
	what->names_timeout = data->timeout_usec != UINT64_MAX;
	what->names_on_timeout = data->on_timeout != _ON_TIMEOUT_MAX;
	what->uid = request->uid;
}

/* What only one backend knows must not be asked of the other. */
static int check_backend(const struct change_data *data, const char *name, enum patch_backend_id backend,
			 struct failure *failure)
{
	if (backend == PATCH_KLP && data->how_named)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s is a kernel livepatch: \"strategy\" and \"consistency\" are for patches of "
				   "livepatch_helper; leave them out.",
				   name);
	if (backend == PATCH_HELPER && data->on_timeout == ON_TIMEOUT_FORCE)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s is a patch of livepatch_helper, which forces no transition: \"on-timeout\" is "
				   "\"reverse\" or \"keep\".",
				   name);
	return 0;
}

static void load_inspected(struct request *request)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const struct change_data *data = request->data;
	struct api *api = request->api;
	struct transition *transition = NULL;
	struct change_request what;
	int r;

	change_request_from_inspection(&api->engine->setup.config, data->inspected, &what);
	apply_options(&what, request);
	r = check_backend(data, what.name, what.backend, &failure);
	if (r >= 0)
		r = changes_load(api->changes, &what, &transition, &failure);
	reply_transition(request, r, &failure, transition);
}

static void on_helper(const struct failure *failure, void *userdata)
{
	struct request *request = userdata;

	if (failure->kind != FAILURE_NONE)
		request_fail(request, -ENODEV, failure);
	else
		load_inspected(request);
}

static void on_inspected(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct change_data *data = request->data;
	struct api *api = request->api;
	struct change_request what;

	if (r < 0) {
		request_fail(request, r, failure);
		return;
	}
	data->inspected = json_object_get(result);
	change_request_from_inspection(&api->engine->setup.config, result, &what);
	if (what.backend == PATCH_KLP || helper_is_up(api->helper)) {
		load_inspected(request);
		return;
	}
	r = helper_need(api->helper, on_helper, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static void on_inspected_unload(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct api *api = request->api;
	const struct change_data *data = request->data;
	struct transition *transition = NULL;
	struct change_request what;

	if (r >= 0) {
		change_request_from_inspection(&api->engine->setup.config, result, &what);
		apply_options(&what, request);
		what.name = data->name;
		what.required_by = json_object_object_get(result, "required_by");
		what.installed = json_object_get_boolean(json_object_object_get(result, "installed"));
		what.backend = changes_backend_of(api->changes, data->name);
		r = check_backend(data, data->name, what.backend, failure);
	}
	if (r >= 0)
		r = changes_unload(api->changes, &what, &transition, failure);
	reply_transition(request, r, failure, transition);
}

static void load(struct request *request, void *p)
{
	struct api *api = request->api;
	const struct change_data *data = p;
	const struct kernel_request inspect = {
		.root = api->engine->setup.root,
		.file = data->patch,
		.retry = data->retry,
		.state = api->engine->setup.state,
		.confs = api->engine->setup.confs,
		.patches = &api->engine->patches,
	};
	int r;

	r = operation_start(api->engine->operations, "look at a module", INSPECT_USEC,
			    api->engine->setup.kernel->inspect, &inspect, on_inspected, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static void unload(struct request *request, void *p)
{
	struct api *api = request->api;
	const struct change_data *data = p;
	const struct kernel_request inspect = {
		.root = api->engine->setup.root,
		.name = data->name,
		.state = api->engine->setup.state,
		.confs = api->engine->setup.confs,
	};
	int r;

	r = operation_start(api->engine->operations, "look at what needs a patch", INSPECT_USEC,
			    api->engine->setup.kernel->inspect_unload, &inspect, on_inspected_unload, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int read_change(struct api *api, sd_bus_message *message, struct change_data **ret,
		       sd_bus_error *error)
{
	_cleanup_(change_data_freep) struct change_data *data = calloc(1, sizeof(*data));
	uint64_t timeout_usec = UINT64_MAX;
	const char *on_timeout = NULL, *strategy = NULL, *consistency = NULL;
	int persist = false, retry = false;
	const struct bus_option options[] = {
		{ "timeout-usec", 't', &timeout_usec },
		{ "on-timeout", 's', &on_timeout },
		{ "persist", 'b', &persist },
		{ "retry", 'b', &retry },
		{ "strategy", 's', &strategy },
		{ "consistency", 's', &consistency },
	};
	int r;

	if (!data)
		return -ENOMEM;
	r = sd_bus_message_read(message, "s", &data->patch);
	if (r < 0)
		return r;
	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	r = bus_read_how(api, strategy, consistency, &data->how, error);
	if (r < 0)
		return r;
	data->how_named = strategy || consistency;
	data->timeout_usec = timeout_usec;
	data->on_timeout = _ON_TIMEOUT_MAX;
	data->persist = persist;
	data->retry = retry;
	r = bus_read_timeout(timeout_usec, on_timeout, &data->on_timeout, error);
	if (r < 0)
		return r;
	data->name = strdup(data->patch);
	if (!data->name)
		return -ENOMEM;
	*ret = TAKE_PTR(data);
	return 0;
}

/* Who may have it forced may have it done. */
static const char *action_of(const struct change_data *data, const char *action)
{
	return data->on_timeout == ON_TIMEOUT_FORCE ? POLKIT_FORCE : action;
}

static int method_load(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(change_data_freep) struct change_data *data = NULL;
	struct api *api = userdata;
	int r;

	r = read_change(api, message, &data, error);
	if (r < 0)
		return r;
	if (data->patch[0] != '/' && klp_normalize_name(data->name) < 0)
		return bus_invalid(error, "\"%s\" is neither an absolute path nor a module's name.", data->patch);
	r = request_new(api, message, action_of(data, POLKIT_LOAD), load, data, change_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}

static int method_unload(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(change_data_freep) struct change_data *data = NULL;
	struct api *api = userdata;
	int r;

	r = read_change(api, message, &data, error);
	if (r < 0)
		return r;
	if (klp_normalize_name(data->name) < 0)
		return bus_invalid(error, "\"%s\" is no patch's name.", data->patch);
	r = request_new(api, message, action_of(data, POLKIT_UNLOAD), unload, data, change_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}

/* ------------------------------------------------------------- properties */

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)userdata, (void)error;
	return sd_bus_message_append(reply, "s", LIVEPATCHD_VERSION);
}

static int get_kernel_release(sd_bus *bus, const char *path, const char *interface, const char *property,
			      sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", api->engine->uts.release);
}

static int get_helper_loaded(sd_bus *bus, const char *path, const char *interface, const char *property,
			     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "b", (int)helper_is_up(api->helper));
}

static int get_helper_version(sd_bus *bus, const char *path, const char *interface, const char *property,
			      sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", helper_version(api->helper));
}

static int get_transition_state(sd_bus *bus, const char *path, const char *interface, const char *property,
				sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", activity_bus_state(api, NULL));
}

static int get_current_transition(sd_bus *bus, const char *path, const char *interface, const char *property,
				  sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct transition *current;
	char current_path[BUS_PATH_SIZE];

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	(void)activity_bus_state(userdata, &current);
	return sd_bus_message_append(reply, "o", transition_bus_path(current_path, current));
}

static int get_quarantined(sd_bus *bus, const char *path, const char *interface, const char *property,
			   sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;
	_cleanup_(lpd_json_putp) struct json_object *names = trials_quarantined(api->trials);
	int r;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	r = sd_bus_message_open_container(reply, 'a', "s");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(names); i++)
		r = sd_bus_message_append(reply, "s", json_object_get_string(json_object_array_get_idx(names, i)));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_quarantine(sd_bus *bus, const char *path, const char *interface, const char *property,
			  sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;
	_cleanup_(lpd_json_putp) struct json_object *names = trials_quarantined(api->trials);
	int r;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	r = sd_bus_message_open_container(reply, 'a', "(ss)");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));

		r = sd_bus_message_append(reply, "(ss)", name, trials_reason(api->trials, name));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_transition_watch(sd_bus *bus, const char *path, const char *interface, const char *property,
				sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct api *api = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", transition_watch_mode(api->watch));
}

#define CHANGING SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("LoadPatch", SD_BUS_ARGS("s", patch, "a{sv}", options),
				SD_BUS_RESULT("o", transition), method_load, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("UnloadPatch", SD_BUS_ARGS("s", name, "a{sv}", options),
				SD_BUS_RESULT("o", transition), method_unload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("s", patch, "a{sv}", options),
				SD_BUS_RESULT("s", name, "s", file, "s", sha256, "a(ssss)", findings), check_bus_check,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("LoadAll", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", transition),
				set_bus_load_all, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Plan", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(sssssa(ssu))", patches, "a(ssusas)", functions), set_bus_plan,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Diagnose", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(sss)", facts, "a(ssss)", findings), doctor_bus_diagnose,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(tssssxttts)", entries), history_bus_read, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("OrderPatches", SD_BUS_ARGS("as", names, "a{sv}", options),
				SD_BUS_RESULT("o", transition), order_bus_order, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Trace", SD_BUS_ARGS("as", functions, "a{sv}", options),
				SD_BUS_RESULT("a(us)", tracers, "a(ss)", refused), tracing_bus_trace,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Retrace", SD_BUS_ARGS("au", ids, "a{sv}", options), SD_BUS_RESULT("a(us)", refused),
				tracing_bus_retrace, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Untrace", SD_BUS_ARGS("au", ids, "a{sv}", options), SD_BUS_NO_RESULT,
				tracing_bus_untrace, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("StreamHits", SD_BUS_ARGS("au", tracers, "a{sv}", options), SD_BUS_RESULT("h", stream),
				hits_bus_stream, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListTracers", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(ussista(st)usta(sa(tt)))", tracers), tracing_bus_list_tracers,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListPrograms", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a(uua(uss))", programs),
				programs_bus_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ReadTracer", SD_BUS_ARGS("u", id, "a{sv}", options),
				SD_BUS_RESULT("a(usbt)", processes, "a(btas)", stacks), programs_bus_read,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListFunctions", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(sssaua(st))", functions), tracing_bus_list_functions,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListBlockers", SD_BUS_ARGS("a{sv}", options),
				SD_BUS_RESULT("a(suussstsbs)", blockers), blockers_bus_list,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListPeers", SD_BUS_ARGS("as", patterns, "a{sv}", options),
				SD_BUS_RESULT("a(ssasa(sssbsbss)as(uss))", functions, "as", unseen), peers_bus_list,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("KernelRelease", "s", get_kernel_release, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("HelperLoaded", "b", get_helper_loaded, 0, CHANGING),
	SD_BUS_PROPERTY("HelperVersion", "s", get_helper_version, 0, CHANGING),
	SD_BUS_PROPERTY("TransitionState", "s", get_transition_state, 0, CHANGING),
	SD_BUS_PROPERTY("CurrentTransition", "o", get_current_transition, 0, CHANGING),
	SD_BUS_PROPERTY("TransitionWatch", "s", get_transition_watch, 0, CHANGING),
	SD_BUS_PROPERTY("Quarantined", "as", get_quarantined, 0, CHANGING),
	SD_BUS_PROPERTY("Quarantine", "a(ss)", get_quarantine, 0, CHANGING),
	SD_BUS_VTABLE_END,
};

int manager_bus_register(struct api *api)
{
	int r;

	r = sd_bus_add_object_manager(api->bus, NULL, BUS_PATH);
	if (r < 0)
		return r;
	return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, INTERFACE, vtable, api);
}

static void emitted(int r)
{
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot tell the bus of a change: %s", strerror(-r));
}

void manager_bus_quarantined_changed(struct api *api)
{
	emitted(sd_bus_emit_properties_changed(api->bus, BUS_PATH, INTERFACE, "Quarantined", "Quarantine", NULL));
}

void manager_bus_watch_changed(struct api *api)
{
	emitted(sd_bus_emit_properties_changed(api->bus, BUS_PATH, INTERFACE, "TransitionWatch", NULL));
}

void manager_bus_helper_changed(struct api *api)
{
	emitted(sd_bus_emit_properties_changed(api->bus, BUS_PATH, INTERFACE, "HelperLoaded", "HelperVersion", NULL));
}
