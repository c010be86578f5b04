// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "bus/api.h"
#include "bus/blockers-bus.h"
#include "bus/bus-util.h"
#include "bus/request.h"
#include "engine/changes/changes.h"
#include "engine/engine.h"
#include "engine/helper-link.h"
#include "kernel/task-info.h"
#include "model/helper-names.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/time-util.h"
#include "wire/codec.h"
#include "worker/blockers.h"
#include "worker/kernel-request.h"
#include "worker/operation.h"

#define LOOK_USEC (60 * USEC_PER_SEC)
#define BLOCKER "suussstsbs"

/**
 * struct list_data - a list that is being made: first the kernel's livepatch, then the helper's patch
 * @reply: as far as it is
 * @subject: the patch, or patches, whose transition it is; owned, NULL: there is none
 * @since: when that transition started
 * @error: what went wrong
 * @look: what the helper is asked of the kernel's; its blockers are owned
 */
struct list_data {
	sd_bus_message *reply;
	char *subject;
	uint64_t since;
	int error;
	struct blockers_look look;
};

static void list_data_free(void *p)
{
	struct list_data *data = p;

	sd_bus_message_unref(data->reply);
	json_object_put(data->look.blockers);
	free(data->subject);
	free(data);
}

/* Remembers whose blockers come next: the transition may have gone when they do. */
static int begin(struct list_data *data, const struct transition *transition)
{
	free(data->subject);
	data->subject = strdup(transition->subject);
	data->since = transition->started_at;
	return data->subject ? 0 : -ENOMEM;
}

static int append(struct list_data *data, struct codec_blocker *blocker, const char *reason,
		  const struct task_info *info)
{
	uint64_t now = lpd_now_realtime();

	/* A thread may call itself anything; the bus takes text only. */
	for (char *c = blocker->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';

	return sd_bus_message_append(data->reply, "(" BLOCKER ")", data->subject, blocker->pid, blocker->tid,
				     blocker->comm, reason, blocker->symbol,
				     now > data->since ? now - data->since : UINT64_C(0), info->unit ?: "",
				     info->kernel_thread, task_info_way_out(info, reason));
}

static void finish(struct request *request)
{
	struct list_data *data = request->data;

	if (data->error >= 0)
		data->error = sd_bus_message_close_container(data->reply);
	if (data->error < 0)
		request_fail(request, data->error, NULL);
	else
		request_send(request, data->reply);
}

static int append_helper(struct request *request, struct codec_blocker *blocker)
{
	_cleanup_(task_info_clear) struct task_info info = { 0 };
	_cleanup_(closedirp) DIR *proc = opendir(request->api->engine->setup.root.proc);
	char thread[48];

	(void)snprintf(thread, sizeof(thread), "%u/task/%u", blocker->pid, blocker->tid);
	/* A thread that has exited since blocks nothing. */
	if (!proc || task_info_read(dirfd(proc), thread, (pid_t)blocker->pid, &info) < 0)
		return 0;
	blocker_name_function(blocker);
	return append(request->data, blocker, blocker_reason_name(blocker->reason), &info);
}

static void on_blocker(const void *attributes, size_t size, int error, void *userdata)
{
	struct request *request = userdata;
	struct list_data *data = request->data;
	struct codec_blocker blocker;

	if (attributes) {
		if (data->error >= 0)
			data->error = codec_decode_blocker(attributes, size, &blocker);
		if (data->error < 0)
			return;
		data->error = append_helper(request, &blocker);
		return;
	}
	/* Tasks come and go while they are listed: -EAGAIN says no more than that. */
	if (error < 0 && error != -ENODEV && error != -EAGAIN)
		data->error = error;
	finish(request);
}

static void list_helper(struct request *request)
{
	struct list_data *data = request->data;
	struct api *api = request->api;
	struct transition *transition;
	bool patching;
	int r;

	transition = changes_current(api->changes, PATCH_HELPER, &patching);
	if (data->error < 0 || !transition || transition->state != TRANSITION_RUNNING || !helper_is_up(api->helper)) {
		finish(request);
		return;
	}
	r = begin(data, transition);
	if (r >= 0)
		r = helper_list(api->helper, LPH_CMD_GET_BLOCKER, on_blocker, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static const char *get(struct json_object *seen, const char *key)
{
	return json_object_get_string(json_object_object_get(seen, key)) ?: "";
}

static int append_klp(struct list_data *data, struct json_object *seen)
{
	struct codec_blocker blocker = {
		.pid = (uint32_t)json_object_get_int64(json_object_object_get(seen, "pid")),
		.tid = (uint32_t)json_object_get_int64(json_object_object_get(seen, "tid")),
	};
	struct task_info info = {
		.state = (char)json_object_get_int(json_object_object_get(seen, "state")),
		.kernel_thread = json_object_get_boolean(json_object_object_get(seen, "kernel_thread")),
		.unit = (char *)get(seen, "unit"),
	};

	(void)snprintf(blocker.comm, sizeof(blocker.comm), "%s", get(seen, "comm"));
	(void)snprintf(blocker.symbol, sizeof(blocker.symbol), "%s", get(seen, "function"));
	return append(data, &blocker, get(seen, "reason"), &info);
}

static void append_all_klp(struct request *request)
{
	struct list_data *data = request->data;
	struct json_object *blockers = data->look.blockers;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_object_array_length(blockers); i++)
		r = append_klp(data, json_object_array_get_idx(blockers, i));
	data->error = r < 0 ? r : 0;
	list_helper(request);
}

static void on_stack(const void *attributes, size_t size, void *userdata)
{
	struct request *request = userdata;
	struct list_data *data = request->data;
	struct codec_blocker seen;

	if (codec_decode_blocker(attributes, size, &seen) >= 0)
		blockers_seen(&data->look, &seen);
}

static void on_stacks_done(int error, const char *message, void *userdata)
{
	if (error < 0 && error != -ENODEV)
		lpd_log(LOG_WARNING, "The helper cannot tell what is on the stacks of tasks: %s",
			*message ? message : strerror(-error));
	append_all_klp(userdata);
}

static void on_klp(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct list_data *data = request->data;
	struct api *api = request->api;
	struct json_object *blockers = NULL;

	(void)failure;
	if (r >= 0 && !json_object_object_get_ex(result, "blockers", &blockers))
		r = -EPROTO;
	if (r < 0) {
		data->error = r;
		list_helper(request);
		return;
	}
	data->look.blockers = json_object_get(blockers);
	data->look.patches = &api->engine->patches;
	data->look.patch = data->subject;
	if (json_object_array_length(blockers) > 0 && helper_is_up(api->helper) &&
	    helper_dump(api->helper, LPH_CMD_GET_STACK, blockers_encode_look, &data->look, on_stack, on_stacks_done,
			request) >= 0)
		return;
	append_all_klp(request);
}

static void list(struct request *request, void *p)
{
	struct api *api = request->api;
	struct list_data *data = p;
	struct kernel_request look = { .root = api->engine->setup.root };
	struct transition *transition;
	int r;

	r = sd_bus_message_new_method_return(request->message, &data->reply);
	if (r >= 0)
		r = sd_bus_message_open_container(data->reply, SD_BUS_TYPE_ARRAY, "(" BLOCKER ")");
	if (r < 0) {
		request_fail(request, r, NULL);
		return;
	}
	transition = changes_current(api->changes, PATCH_KLP, &look.enable);
	/* Before the kernel moves tasks, and behind it, all of them look alike. */
	if (!transition || !changes_moves_tasks(api->changes, PATCH_KLP)) {
		list_helper(request);
		return;
	}
	data->look.patching = look.enable;
	r = begin(data, transition);
	if (r >= 0)
		r = operation_start(api->engine->operations, "look at what blocks a livepatch", LOOK_USEC,
				    blockers_of_klp, &look, on_klp, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

int blockers_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct list_data *data;
	int r;

	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	data = calloc(1, sizeof(*data));
	if (!data)
		return -ENOMEM;
	r = request_new(userdata, message, NULL, list, data, list_data_free, error);
	if (r < 0)
		list_data_free(data);
	return r;
}
