// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/request.h"
#include "bus/tracing-bus.h"
#include "engine/helper-link.h"
#include "model/helper-names.h"
#include "wire/codec.h"

/* A list during which tracers came or went is made again. */
enum { LIST_TRIES = 5 };

/**
 * struct list_data - a list that is being made
 * @command: the dump
 * @contents: what the list is an array of
 * @append: adds one message of the dump to it
 * @tries: how often it may be begun
 * @reply: as far as it is
 * @error: what went wrong with it
 */
struct list_data {
	uint8_t command;
	const char *contents;
	int (*append)(sd_bus_message *reply, const void *attributes, size_t size);
	unsigned int tries;
	sd_bus_message *reply;
	int error;
};

static void list_data_free(void *p)
{
	struct list_data *data = p;

	sd_bus_message_unref(data->reply);
	free(data);
}

static int append_bodies(sd_bus_message *reply, const struct codec_body *bodies, size_t n)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(st)");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_bus_message_append(reply, "(st)", bodies[i].name, bodies[i].hits);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* From how many nanoseconds on a bucket counts. */
static uint64_t bucket_ns(unsigned int bucket)
{
	return bucket == 0 ? 0 : UINT64_C(1) << bucket;
}

static int append_buckets(sd_bus_message *reply, const struct codec_body *body)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(tt)");
	for (unsigned int i = 0; r >= 0 && i < LPH_LATENCY_BUCKETS; i++)
		if (body->latency[i] > 0)
			r = sd_bus_message_append(reply, "(tt)", bucket_ns(i), body->latency[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_latency(sd_bus_message *reply, const struct codec_op *op)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(sa(tt))");
	for (size_t i = 0; r >= 0 && op->spec.kind == LPH_KIND_LATENCY && i < op->n_bodies; i++) {
		r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "sa(tt)");
		if (r >= 0)
			r = sd_bus_message_append(reply, "s", op->bodies[i].name);
		if (r >= 0)
			r = append_buckets(reply, op->bodies + i);
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_tracer(sd_bus_message *reply, const void *attributes, size_t size)
{
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };
	char name[FUNCTION_NAME_MAX], kind[TRACER_KIND_LEN];
	int r;

	r = codec_decode_op(attributes, size, &op);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "ussista(st)usta(sa(tt))");
	if (r >= 0)
		r = sd_bus_message_append(reply, "ussist", op.id, function_name_format(name, &op.function),
					  tracer_kind_name(kind, &op.spec), op.spec.priority,
					  tracer_backend_name(op.backend), op.hits);
	if (r >= 0)
		r = append_bodies(reply, op.bodies, op.n_bodies);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ust", op.spec.pid, op.spec.comm, op.missed);
	if (r >= 0)
		r = append_latency(reply, &op);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_function(sd_bus_message *reply, const void *attributes, size_t size)
{
	_cleanup_(codec_function_clear) struct codec_function function = { 0 };
	char name[FUNCTION_NAME_MAX];
	int r;

	r = codec_decode_function(attributes, size, &function);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_STRUCT, "sssaua(st)");
	if (r >= 0)
		r = sd_bus_message_append(reply, "sss", function_name_format(name, &function.name),
					  function_state_name(function.state),
					  tracer_backend_name(function.backend));
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'u', function.ops, function.n_ops * sizeof(*function.ops));
	if (r >= 0)
		r = append_bodies(reply, function.bodies, function.n_bodies);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void list(struct request *request, void *p);

static void on_listed(const void *attributes, size_t size, int error, void *userdata)
{
	struct request *request = userdata;
	struct list_data *data = request->data;

	if (attributes) {
		if (data->error >= 0)
			data->error = data->append(data->reply, attributes, size);
		return;
	}

	if (error == -EAGAIN && --data->tries > 0) {
		list(request, data);
		return;
	}
	/* Without the helper there is nothing to list. */
	if (error < 0 && error != -ENODEV && error != -EAGAIN)
		data->error = error;
	if (data->error >= 0)
		data->error = sd_bus_message_close_container(data->reply);
	if (data->error < 0)
		request_fail(request, data->error, NULL);
	else
		request_send(request, data->reply);
}

static void list(struct request *request, void *p)
{
	struct list_data *data = p;
	int r;

	data->reply = sd_bus_message_unref(data->reply);
	data->error = 0;
	r = sd_bus_message_new_method_return(request->message, &data->reply);
	if (r >= 0)
		r = sd_bus_message_open_container(data->reply, SD_BUS_TYPE_ARRAY, data->contents);
	if (r >= 0) {
		r = helper_list(request->api->helper, data->command, on_listed, request);
		if (r == -ENODEV) {
			on_listed(NULL, 0, r, request);
			return;
		}
	}
	if (r < 0)
		request_fail(request, r, NULL);
}

static int begin_list(sd_bus_message *message, struct api *api, const struct list_data *what, sd_bus_error *error)
{
	struct list_data *data;
	int r;

	r = bus_read_options(message, NULL, 0, error);
	if (r < 0)
		return r;
	data = malloc(sizeof(*data));
	if (!data)
		return -ENOMEM;
	*data = *what;
	r = request_new(api, message, NULL, list, data, list_data_free, error);
	if (r < 0)
		list_data_free(data);
	return r;
}

int tracing_bus_list_tracers(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const struct list_data tracers = {
		.command = LPH_CMD_GET_OP,
		.contents = "(ussista(st)usta(sa(tt)))",
		.append = append_tracer,
		.tries = LIST_TRIES,
	};

	return begin_list(message, userdata, &tracers, error);
}

int tracing_bus_list_functions(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const struct list_data functions = {
		.command = LPH_CMD_GET_FUNCTION,
		.contents = "(sssaua(st))",
		.append = append_function,
		.tries = LIST_TRIES,
	};

	return begin_list(message, userdata, &functions, error);
}
