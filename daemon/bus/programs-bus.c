// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/polkit.h"
#include "bus/programs-bus.h"
#include "bus/request.h"
#include "engine/engine.h"
#include "engine/helper-link.h"
#include "kernel/bpf-maps.h"
#include "util/time-util.h"
#include "wire/codec.h"
#include "worker/bpf-results.h"
#include "worker/operation.h"

/* Reading all names of a kernel takes a while. */
#define READ_USEC (60 * USEC_PER_SEC)

/* A list during which tracers came or went is made again. */
#define LIST_TRIES 5

struct program {
	uint32_t tracer;
	uint32_t id;
	char label[LPH_LABEL_LEN];
};

/**
 * struct programs_data - the programs of tracers, as far as the helper has told of them
 * @tracer: the one whose results are to be read; 0: all are to be listed
 * @known: it is there, of whatever kind
 * @found: tracers of kind bpf; owned
 * @n: how many
 * @tries: how often the list may be begun
 * @error: what went wrong with it
 */
struct programs_data {
	uint32_t tracer;
	bool known;
	struct program *found;
	size_t n;
	unsigned int tries;
	int error;
};

static void programs_data_free(void *p)
{
	struct programs_data *data = p;

	free(data->found);
	free(data);
}

static int append_map(sd_bus_message *reply, uint32_t id)
{
	struct bpf_map_info info;
	_cleanup_close_ int fd = bpf_map_look(id, &info);
	const char *type;

	/* It has just gone. */
	if (fd < 0)
		return 0;
	type = libbpf_bpf_map_type_str(info.type);
	return sd_bus_message_append(reply, "(uss)", id, info.name, type ?: "");
}

static int append_program(sd_bus_message *reply, const struct program *program)
{
	uint32_t maps[BPF_MAPS_MAX];
	size_t n;
	int r;

	/* So has this. */
	if (bpf_maps_of(program->id, maps, &n) < 0)
		return 0;
	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "uua(uss)");
	if (r >= 0)
		r = sd_bus_message_append(reply, "uu", program->tracer, program->id);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(uss)");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_map(reply, maps[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void reply_list(struct request *request)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const struct programs_data *data = request->data;
	int r;

	r = sd_bus_message_new_method_return(request->message, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(uua(uss))");
	for (size_t i = 0; r >= 0 && i < data->n; i++)
		r = append_program(reply, data->found + i);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r < 0)
		request_fail(request, r, NULL);
	else
		request_send(request, reply);
}

/* ---------------------------------------------------------------- results */

static struct json_object *member(struct json_object *list, size_t i, const char *key)
{
	return json_object_object_get(json_object_array_get_idx(list, i), key);
}

static int append_processes(sd_bus_message *reply, struct json_object *list)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(usbt)");
	for (size_t i = 0; r >= 0 && list && i < json_object_array_length(list); i++)
		r = sd_bus_message_append(reply, "(usbt)", (uint32_t)json_object_get_int64(member(list, i, "pid")),
					  json_object_get_string(member(list, i, "comm")),
					  json_object_get_boolean(member(list, i, "patched")),
					  json_object_get_uint64(member(list, i, "calls")));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_frames(sd_bus_message *reply, struct json_object *frames)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "s");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(frames); i++)
		r = sd_bus_message_append(reply, "s", json_object_get_string(json_object_array_get_idx(frames, i)));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_stacks(sd_bus_message *reply, struct json_object *list)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(btas)");
	for (size_t i = 0; r >= 0 && list && i < json_object_array_length(list); i++) {
		r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "btas");
		if (r >= 0)
			r = sd_bus_message_append(reply, "bt", json_object_get_boolean(member(list, i, "patched")),
						  json_object_get_uint64(member(list, i, "calls")));
		if (r >= 0)
			r = append_frames(reply, member(list, i, "frames"));
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_results(sd_bus_message *reply, struct json_object *result)
{
	int r;

	r = append_processes(reply, json_object_object_get(result, "processes"));
	return r < 0 ? r : append_stacks(reply, json_object_object_get(result, "stacks"));
}

static void on_read(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	request_answer(userdata, r, result, failure, append_results);
}

/* Those that come with livepatchd; what others have in their maps, their authors know. */
static bool is_ours(const char *label)
{
	static const char *const files[] = { BPF_DIR "/processes.bpf.o:", BPF_DIR "/stacks.bpf.o:" };

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		if (strncmp(label, files[i], strlen(files[i])) == 0)
			return true;
	return false;
}

static int read_results(struct request *request, struct failure *failure)
{
	const struct programs_data *data = request->data;
	struct api *api = request->api;
	struct bpf_results_query query = { .root = api->engine->setup.root };

	if (!data->known)
		return failure_set(failure, FAILURE_NO_SUCH_TRACER, "There is no tracer %u.", data->tracer);
	if (data->n == 0 || !is_ours(data->found->label))
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "Tracer %u runs none of the BPF programs that come with livepatchd; what another one has in "
				   "its maps, bpftool map dump id ID shows, with the ids that livepatchd show tracer/%u tells.",
				   data->tracer, data->tracer);
	query.program = data->found->id;
	return operation_start(api->engine->operations, "read a BPF tracer's maps", READ_USEC, bpf_results_read,
			       &query, on_read, request);
}

/* ------------------------------------------------------------- the request */

static int add_program(struct programs_data *data, const void *attributes, size_t size)
{
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	struct program *grown;
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r < 0)
		return r;
	if (data->tracer != 0 && op.id != data->tracer)
		return 0;
	data->known = true;
	if (op.spec.kind != LPH_KIND_BPF)
		return 0;
	grown = reallocarray(data->found, data->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	data->found = grown;
	grown[data->n] = (struct program){ .tracer = op.id, .id = op.spec.program };
	memcpy(grown[data->n++].label, op.spec.label, sizeof(op.spec.label));
	return 0;
}

static void list(struct request *request, void *p);

static void on_listed(const void *attributes, size_t size, int error, void *userdata)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct request *request = userdata;
	struct programs_data *data = request->data;
	int r;

	if (attributes) {
		if (data->error >= 0)
			data->error = add_program(data, attributes, size);
		return;
	}
	if (error == -EAGAIN && --data->tries > 0) {
		list(request, data);
		return;
	}
	r = data->error;
	/* Without the helper there is nothing to list. */
	if (r >= 0 && error < 0 && error != -ENODEV && error != -EAGAIN)
		r = error;
	if (r >= 0 && data->tracer == 0) {
		reply_list(request);
		return;
	}
	if (r >= 0)
		r = read_results(request, &failure);
	if (r < 0)
		request_fail(request, r, &failure);
}

static void list(struct request *request, void *p)
{
	struct programs_data *data = p;
	int r;

	data->n = 0;
	data->known = false;
	data->error = 0;
	r = helper_list(request->api->helper, LPH_CMD_GET_OP, on_listed, request);
	if (r == -ENODEV)
		on_listed(NULL, 0, r, request);
	else if (r < 0)
		request_fail(request, r, NULL);
}

static int begin(sd_bus_message *message, struct api *api, uint32_t tracer, const char *action, sd_bus_error *error)
{
	struct programs_data *data;
	int r;

	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	data = calloc(1, sizeof(*data));
	if (!data)
		return -ENOMEM;
	data->tracer = tracer;
	data->tries = LIST_TRIES;
	r = request_new(api, message, action, list, data, programs_data_free, error);
	if (r < 0)
		programs_data_free(data);
	return r;
}

int programs_bus_list(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return begin(message, userdata, 0, NULL, error);
}

int programs_bus_read(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	uint32_t tracer;
	int r;

	r = sd_bus_message_read(message, "u", &tracer);
	if (r < 0)
		return r;
	if (tracer == 0)
		return bus_invalid(error, "0 is no tracer's id.");
	return begin(message, userdata, tracer, POLKIT_TRACE, error);
}
