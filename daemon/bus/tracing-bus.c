// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/order-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "bus/tracing-bus.h"
#include "engine/engine.h"
#include "engine/tracing/tracer-owner.h"
#include "engine/tracing/tracing.h"
#include "model/function-pattern.h"
#include "model/helper-names.h"
#include "peers/peers.h"
#include "util/time-util.h"
#include "worker/bpf-file.h"
#include "worker/operation.h"
#include "worker/traceable.h"

/* Reading all names of a kernel takes a while. */
#define EXPAND_USEC (60 * USEC_PER_SEC)

/* What is said of a pattern. */
#define NO_MATCH "no function of that name can be traced; a module's functions are MODULE:PATTERN"

enum {
	/* What one request to the helper may have. */
	FUNCTIONS_MAX = LPH_BULK_MAX,
};

/* For the verifier to be done with a BPF program. */
#define PROGRAM_USEC (60 * USEC_PER_SEC)

/* ------------------------------------------------------------------ Trace */

/**
 * struct trace_data - what is to be traced, or how it is to change
 * @functions: by their names
 * @n_functions: how many
 * @patterns: what stands for more of them
 * @n_patterns: how many
 * @refused: array of {function, reason}, what is not asked of the helper; NULL: none
 * @until_exit: the tracers go when the client leaves the bus
 * @owner: that sees to it
 * @ids: of the tracers that are to change
 * @n_ids: how many
 * @fields: what of @spec it is to get
 * @spec: what the tracers are
 * @file: the object of a BPF tracer
 * @program: its descriptor; -1: none
 * @strategy: how CPUs go on that trap meanwhile
 */
struct trace_data {
	struct function_name *functions;
	size_t n_functions;
	char **patterns;
	size_t n_patterns;
	struct json_object *refused;
	uint32_t *ids;
	size_t n_ids;
	unsigned int fields;
	struct tracer_spec spec;
	struct bpf_file file;
	int program;
	uint32_t strategy;
	bool until_exit;
	struct tracer_owner *owner;
};

static void trace_data_free(void *p)
{
	struct trace_data *data = p;

	for (size_t i = 0; i < data->n_patterns; i++)
		free(data->patterns[i]);
	free(data->patterns);
	json_object_put(data->refused);
	if (data->program >= 0)
		(void)close(data->program);
	free(data->functions);
	free(data->ids);
	free(data);
}

static inline void trace_data_freep(struct trace_data **data)
{
	if (*data)
		trace_data_free(*data);
}

static int append_attached(sd_bus_message *reply, const struct tracing_item *items, size_t n)
{
	char name[FUNCTION_NAME_MAX];
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(us)");
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (items[i].failure.kind == FAILURE_NONE)
			r = sd_bus_message_append(reply, "(us)", items[i].id,
						  function_name_format(name, &items[i].function));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const char *text_of(struct json_object *refusal, const char *key)
{
	return json_object_get_string(json_object_object_get(refusal, key));
}

static int append_refused(sd_bus_message *reply, const struct tracing_item *items, size_t n,
			  const struct trace_data *data)
{
	char name[FUNCTION_NAME_MAX];
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(ss)");
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (items[i].failure.kind != FAILURE_NONE)
			r = sd_bus_message_append(reply, "(ss)", function_name_format(name, &items[i].function),
						  failure_message(&items[i].failure));
	for (size_t i = 0; r >= 0 && data->refused && i < json_object_array_length(data->refused); i++) {
		struct json_object *refusal = json_object_array_get_idx(data->refused, i);

		r = sd_bus_message_append(reply, "(ss)", text_of(refusal, "function"), text_of(refusal, "reason"));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* Whatever becomes of the request: what is attached is the client's as long as it is there. */
static void settle_hold(struct trace_data *data, const struct tracing_item *items, size_t n)
{
	_cleanup_free_ uint32_t *ids = calloc(n ?: 1, sizeof(*ids));
	size_t n_ids = 0;

	for (size_t i = 0; ids && i < n; i++)
		if (items[i].id != 0 && items[i].failure.kind == FAILURE_NONE)
			ids[n_ids++] = items[i].id;
	tracer_owner_settle(TAKE_PTR(data->owner), ids, n_ids);
}

static void on_traced(struct tracing_item *items, size_t n, struct failure *failure, void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct request *request = userdata;
	size_t n_refused = 0;
	int r;

	settle_hold(request->data, items, n);
	for (size_t i = 0; i < n; i++)
		n_refused += items[i].failure.kind != FAILURE_NONE;
	if (failure->kind != FAILURE_NONE || n_refused == n) {
		request_fail(request, -EIO, failure->kind != FAILURE_NONE ? failure : &items[0].failure);
		return;
	}

	r = sd_bus_message_new_method_return(request->message, &reply);
	if (r >= 0)
		r = append_attached(reply, items, n);
	if (r >= 0)
		r = append_refused(reply, items, n, request->data);
	if (r < 0)
		request_fail(request, r, NULL);
	else
		request_send(request, reply);
}

static void add(struct request *request)
{
	struct trace_data *data = request->data;
	int r = 0;

	if (data->until_exit)
		r = tracer_owner_begin(request->api->owners, sd_bus_message_get_sender(request->message),
				       data->functions, data->n_functions, &data->owner);
	if (r >= 0)
		r = tracing_add(request->api->tracing, data->functions, data->n_functions, &data->spec, data->strategy,
				on_traced, request);
	if (r < 0) {
		tracer_owner_settle(TAKE_PTR(data->owner), NULL, 0);
		request_fail(request, r, NULL);
	}
}

static int append_unchanged(sd_bus_message *reply, const struct tracing_item *items, size_t n)
{
	int r;

	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(us)");
	for (size_t i = 0; r >= 0 && i < n; i++)
		if (items[i].failure.kind != FAILURE_NONE)
			r = sd_bus_message_append(reply, "(us)", items[i].id, failure_message(&items[i].failure));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void on_retraced(struct tracing_item *items, size_t n, struct failure *failure, void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct request *request = userdata;
	size_t n_refused = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		n_refused += items[i].failure.kind != FAILURE_NONE;
	if (failure->kind == FAILURE_NONE && n_refused == n)
		failure = &items[0].failure;
	if (failure->kind != FAILURE_NONE) {
		request_fail(request, -EIO, failure);
		return;
	}
	r = sd_bus_message_new_method_return(request->message, &reply);
	if (r >= 0)
		r = append_unchanged(reply, items, n);
	if (r < 0)
		request_fail(request, r, NULL);
	else
		request_send(request, reply);
}

int tracing_bus_check_ids(const struct api *api, const uint32_t *ids, size_t n, struct failure *failure)
{
	for (size_t i = 0; i < n; i++)
		if (!tracers_find(&api->engine->tracers, ids[i]))
			return failure_set(failure, FAILURE_NO_SUCH_TRACER, "There is no tracer %u.", ids[i]);
	return 0;
}

static void change(struct request *request)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const struct trace_data *data = request->data;
	struct api *api = request->api;
	int r;

	r = tracing_bus_check_ids(api, data->ids, data->n_ids, &failure);
	if (r >= 0)
		r = tracing_change(api->tracing, data->ids, data->n_ids, &data->spec, data->fields, data->strategy,
				   on_retraced, request);
	if (r < 0)
		request_fail(request, r, &failure);
}

static void start(struct request *request)
{
	const struct trace_data *data = request->data;

	if (data->functions)
		add(request);
	else
		change(request);
}

static void on_program(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct trace_data *data = request->data;

	if (r < 0) {
		request_fail(request, r, failure);
		return;
	}
	data->program = operation_take_fd(request->api->engine->operations);
	data->spec.program = (uint32_t)data->program;
	r = snprintf(data->spec.label, sizeof(data->spec.label), "%s:%s", data->file.path,
		     json_object_get_string(json_object_object_get(result, "program")));
	if (r >= (int)sizeof(data->spec.label))
		request_fail(request, -ENAMETOOLONG, NULL);
	else
		start(request);
}

static int refuse(struct trace_data *data, const char *function, const char *reason)
{
	struct json_object *refusal = json_object_new_object();

	if (!data->refused)
		data->refused = json_object_new_array();
	json_object_object_add(refusal, "function", json_object_new_string(function));
	json_object_object_add(refusal, "reason", json_object_new_string(reason));
	return json_object_array_add(data->refused, refusal) < 0 ? -ENOMEM : 0;
}

static void prepare(struct request *request)
{
	const struct trace_data *data = request->data;
	int r = 0;

	if (data->spec.kind == LPH_KIND_BPF)
		r = operation_start(request->api->engine->operations, "load a BPF program", PROGRAM_USEC, bpf_file_load,
				    &data->file, on_program, request);
	else
		start(request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int add_function(struct trace_data *data, const char *text)
{
	struct function_name *grown = reallocarray(data->functions, data->n_functions + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	data->functions = grown;
	if (function_name_parse(text, grown + data->n_functions) < 0)
		return -EINVAL;
	data->n_functions++;
	return 0;
}

static int add_pattern(struct trace_data *data, const char *text)
{
	char **grown = reallocarray(data->patterns, data->n_patterns + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	data->patterns = grown;
	if (function_pattern_check(text) < 0)
		return -EINVAL;
	grown[data->n_patterns] = strdup(text);
	if (!grown[data->n_patterns])
		return -ENOMEM;
	data->n_patterns++;
	return 0;
}

static void on_expanded(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct request *request = userdata;
	struct trace_data *data = request->data;
	struct json_object *functions = json_object_object_get(result, "functions"), *missing;
	size_t n = functions ? json_object_array_length(functions) : 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add_function(data, json_object_get_string(json_object_array_get_idx(functions, i)));
	missing = r >= 0 ? json_object_object_get(result, "missing") : NULL;
	for (size_t i = 0; r >= 0 && i < json_object_array_length(missing); i++)
		r = refuse(data, json_object_get_string(json_object_array_get_idx(missing, i)), NO_MATCH);
	if (r >= 0 && data->n_functions == 0)
		r = failure_set(failure, FAILURE_NO_SUCH_FUNCTION, "%s: " NO_MATCH, data->patterns[0]);
	if (r < 0)
		request_fail(request, r, failure);
	else
		prepare(request);
}

static void trace(struct request *request, void *p)
{
	const struct trace_data *data = p;
	struct api *api = request->api;
	const struct traceable_query query = {
		.root = api->engine->setup.root,
		.patterns = data->patterns,
		.n_patterns = data->n_patterns,
		.names = data->functions,
		.n_names = data->n_functions,
		.max = FUNCTIONS_MAX,
	};
	int r;

	if (data->n_patterns == 0) {
		prepare(request);
		return;
	}
	r = operation_start(api->engine->operations, "find functions", EXPAND_USEC, traceable_expand, &query,
			    on_expanded, request);
	if (r < 0)
		request_fail(request, r, NULL);
}

static int read_functions(sd_bus_message *message, struct trace_data *data, sd_bus_error *error)
{
	const char *text;
	int r;

	r = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
		bool is_name = function_pattern_is_name(text);

		if (data->n_functions + data->n_patterns == FUNCTIONS_MAX)
			return bus_invalid(error, "One request traces %i functions at most.", FUNCTIONS_MAX);
		r = is_name ? add_function(data, text) : add_pattern(data, text);
		if (r == -EINVAL && is_name)
			return bus_invalid(error, "\"%s\" is no function's name: [MODULE:]SYMBOL[,SYMPOS].", text);
		if (r == -EINVAL)
			return bus_invalid(error, "\"%s\" is no pattern: [MODULE:]SYMBOL, with *, ? and [].", text);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (data->n_functions + data->n_patterns == 0)
		return bus_invalid(error, "There is no function to trace.");
	return sd_bus_message_exit_container(message);
}

static int read_kind(const char *kind, struct trace_data *data, sd_bus_error *error)
{
	if (strncmp(kind, "bpf:", 4) == 0) {
		data->spec.kind = LPH_KIND_BPF;
		if (bpf_file_parse(kind + 4, &data->file) >= 0)
			return 0;
	} else if (tracer_kind_from_name(kind, &data->spec.kind) >= 0 && data->spec.kind != LPH_KIND_BPF) {
		return 0;
	}
	return bus_invalid(error,
			   "There is no kind of tracer \"%s\": kinds are count, event, latency and bpf:FILE[:PROGRAM], where FILE is "
			   "an absolute path that ends in .o, or the name of a program that comes with livepatchd.",
			   kind);
}

static int read_filter(uint32_t pid, const char *comm, struct tracer_spec *spec, sd_bus_error *error)
{
	if (pid > INT32_MAX)
		return bus_invalid(error, "%u is no process's id.", pid);
	if (strlen(comm) >= sizeof(spec->comm))
		return bus_invalid(error, "\"%s\" is no task's name: the kernel keeps %zu bytes of them.", comm,
				   sizeof(spec->comm) - 1);
	spec->pid = pid;
	(void)snprintf(spec->comm, sizeof(spec->comm), "%s", comm);
	return 0;
}

int tracing_bus_trace(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(trace_data_freep) struct trace_data *data = calloc(1, sizeof(*data));
	const char *kind = "count", *strategy = NULL, *comm = "";
	int32_t priority = 0;
	int until_exit = 0;
	uint32_t pid = 0;
	const struct bus_option options[] = {
		{ "until-exit", 'b', &until_exit },
		{ "kind", 's', &kind },
		{ "priority", 'i', &priority },
		{ "pid", 'u', &pid },
		{ "comm", 's', &comm },
		{ "strategy", 's', &strategy },
	};
	int r;

	if (!data)
		return -ENOMEM;
	data->program = -1;
	r = read_functions(message, data, error);
	if (r < 0)
		return r;
	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	r = read_kind(kind, data, error);
	if (r < 0)
		return r;
	r = read_filter(pid, comm, &data->spec, error);
	if (r < 0)
		return r;
	r = bus_read_strategy(userdata, strategy, &data->strategy, error);
	if (r < 0)
		return r;
	data->until_exit = until_exit;
	data->spec.priority = priority;

	r = request_new(userdata, message, POLKIT_TRACE, trace, data, trace_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}

int tracing_bus_retrace(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(trace_data_freep) struct trace_data *data = calloc(1, sizeof(*data));
	const char *kind = NULL, *comm = NULL, *strategy = NULL;
	int32_t priority = INT32_MIN;
	uint32_t pid = UINT32_MAX;
	const struct bus_option options[] = {
		{ "kind", 's', &kind },
		{ "priority", 'i', &priority },
		{ "pid", 'u', &pid },
		{ "comm", 's', &comm },
		{ "strategy", 's', &strategy },
	};
	int r;

	if (!data)
		return -ENOMEM;
	data->program = -1;
	r = bus_read_ids(message, &data->ids, &data->n_ids);
	if (r >= 0)
		r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r >= 0 && (data->n_ids == 0 || data->n_ids > FUNCTIONS_MAX))
		return bus_invalid(error, "Name the tracers that are to change, %i at most.", FUNCTIONS_MAX);
	if (r >= 0 && kind)
		r = read_kind(kind, data, error);
	if (r >= 0)
		r = read_filter(pid == UINT32_MAX ? 0 : pid, comm ?: "", &data->spec, error);
	if (r >= 0)
		r = bus_read_strategy(userdata, strategy, &data->strategy, error);
	if (r < 0)
		return r;
	data->spec.priority = priority;
	data->fields = (kind ? TRACER_KIND : 0) | (priority != INT32_MIN ? TRACER_PRIORITY : 0) |
		       (pid != UINT32_MAX ? TRACER_PID : 0) | (comm ? TRACER_COMM : 0);
	if (data->fields == 0)
		return bus_invalid(error, "Say what is to change: kind, priority, pid or comm.");

	r = request_new(userdata, message, POLKIT_TRACE, trace, data, trace_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}
