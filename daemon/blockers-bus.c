// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "blockers-bus.h"
#include "blockers.h"
#include "bus-util.h"
#include "codec.h"
#include "helper.h"
#include "request.h"
#include "stacking.h"
#include "util/time-util.h"

#define LOOK_USEC (60 * USEC_PER_SEC)
#define BLOCKER "suussst"

/**
 * struct list_data - a list that is being made: first the kernel's livepatch, then the helper's patch
 * @reply: as far as it is
 * @subject: the patch, or patches, whose transition it is; owned, NULL: there is none
 * @since: when that transition started
 * @error: what went wrong
 */
struct list_data {
	sd_bus_message *reply;
	char *subject;
	uint64_t since;
	int error;
};

static void list_data_free(void *p)
{
	struct list_data *data = p;

	sd_bus_message_unref(data->reply);
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

static int append(struct list_data *data, struct codec_blocker *blocker, const char *reason)
{
	uint64_t now = lpd_now_realtime();

	/* A thread may call itself anything; the bus takes text only. */
	for (char *c = blocker->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';

	return sd_bus_message_append(data->reply, "(" BLOCKER ")", data->subject, blocker->pid, blocker->tid,
				     blocker->comm, reason, blocker->symbol,
				     now > data->since ? now - data->since : UINT64_C(0));
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

/* The helper writes a module's function as the kernel does: "symbol [module]". */
static void name_function(struct codec_blocker *blocker)
{
	char *bracket = strstr(blocker->symbol, " ["), text[sizeof(blocker->symbol)];
	size_t length;

	if (!bracket)
		return;
	*bracket = '\0';
	length = strcspn(bracket + 2, "]");
	if ((size_t)snprintf(text, sizeof(text), "%.*s:%s", (int)length, bracket + 2, blocker->symbol) < sizeof(text))
		(void)memcpy(blocker->symbol, text, sizeof(text));
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
		name_function(&blocker);
		data->error = append(data, &blocker, codec_blocker_reason_name(blocker.reason));
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
	struct manager *m = request->manager;
	struct transition *transition;
	bool patching;
	int r;

	transition = stacking_current(m, &patching);
	if (data->error < 0 || !transition || transition->state != TRANSITION_RUNNING || !helper_is_up(m->helper)) {
		finish(request);
		return;
	}
	r = begin(data, transition);
	if (r >= 0)
		r = helper_list(m, LPH_CMD_GET_BLOCKER, on_blocker, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int append_klp(struct list_data *data, struct json_object *seen)
{
	struct codec_blocker blocker = {
		.pid = (uint32_t)json_object_get_int64(json_object_object_get(seen, "pid")),
		.tid = (uint32_t)json_object_get_int64(json_object_object_get(seen, "tid")),
	};

	(void)snprintf(blocker.comm, sizeof(blocker.comm), "%s",
		       json_object_get_string(json_object_object_get(seen, "comm")));
	return append(data, &blocker, json_object_get_string(json_object_object_get(seen, "reason")));
}

static void on_klp(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct list_data *data = request->data;
	struct json_object *blockers = NULL;

	(void)failure;
	if (r >= 0 && !json_object_object_get_ex(result, "blockers", &blockers))
		r = -EPROTO;
	for (size_t i = 0; r >= 0 && i < json_object_array_length(blockers); i++)
		r = append_klp(data, json_object_array_get_idx(blockers, i));
	data->error = r < 0 ? r : 0;
	list_helper(request);
}

static void list(struct request *request, void *p)
{
	struct manager *m = request->manager;
	struct list_data *data = p;
	struct kernel_request look = { .root = m->setup.root };
	struct transition *transition;
	int r;

	r = sd_bus_message_new_method_return(request->message, &data->reply);
	if (r >= 0)
		r = sd_bus_message_open_container(data->reply, SD_BUS_TYPE_ARRAY, "(" BLOCKER ")");
	if (r < 0) {
		request_fail(request, r, NULL);
		return;
	}
	transition = patching_current(m, &look.enable);
	/* Before the kernel moves tasks, and behind it, all of them look alike. */
	if (!transition || !patching_moves_tasks(m)) {
		list_helper(request);
		return;
	}
	r = begin(data, transition);
	if (r >= 0)
		r = operation_start(m->operations, "look at what blocks a livepatch", LOOK_USEC, blockers_of_klp, &look,
				    on_klp, request);
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
