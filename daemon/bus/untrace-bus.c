// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/order-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "bus/tracing-bus.h"
#include "engine/engine.h"
#include "engine/tracing/tracing.h"

struct untrace_data {
	uint32_t *ids;
	size_t n_ids;
	bool all;
	uint32_t strategy;
};

static void untrace_data_free(void *p)
{
	struct untrace_data *data = p;

	free(data->ids);
	free(data);
}

static inline void untrace_data_freep(struct untrace_data **data)
{
	if (*data)
		untrace_data_free(*data);
}

static void on_untraced(struct tracing_item *items, size_t n, struct failure *failure, void *userdata)
{
	struct request *request = userdata;

	for (size_t i = 0; i < n && failure->kind == FAILURE_NONE; i++)
		if (items[i].failure.kind != FAILURE_NONE)
			failure = &items[i].failure;
	if (failure->kind != FAILURE_NONE)
		request_fail(request, -EIO, failure);
	else
		request_reply(request, "");
}

static int all_ids(struct api *api, struct untrace_data *data)
{
	struct tracer *tracer;
	size_t n = 0;

	TAILQ_FOREACH(tracer, &api->engine->tracers.list, link)
		n++;
	if (n == 0)
		return 0;
	data->ids = calloc(n, sizeof(*data->ids));
	if (!data->ids)
		return -ENOMEM;
	TAILQ_FOREACH(tracer, &api->engine->tracers.list, link)
		data->ids[data->n_ids++] = tracer->id;
	return 0;
}

static void untrace(struct request *request, void *p)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct api *api = request->api;
	struct untrace_data *data = p;
	int r = 0;

	if (data->all)
		r = all_ids(api, data);
	if (r >= 0)
		r = tracing_bus_check_ids(api, data->ids, data->n_ids, &failure);
	if (r >= 0 && data->n_ids == 0) {
		request_reply(request, "");
		return;
	}
	if (r >= 0)
		r = tracing_remove(api->tracing, data->ids, data->n_ids, data->strategy, on_untraced, request);
	if (r < 0)
		request_fail(request, r, &failure);
}

int tracing_bus_untrace(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(untrace_data_freep) struct untrace_data *data = calloc(1, sizeof(*data));
	const char *strategy = NULL;
	int all = 0, r;
	const struct bus_option options[] = {
		{ "all", 'b', &all },
		{ "strategy", 's', &strategy },
	};

	if (!data)
		return -ENOMEM;
	r = bus_read_ids(message, &data->ids, &data->n_ids);
	if (r < 0)
		return r;
	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	r = bus_read_strategy(userdata, strategy, &data->strategy, error);
	if (r < 0)
		return r;
	if (!all == (data->n_ids == 0))
		return bus_invalid(error, "Name tracers or, by the option \"all\", take all of them.");
	data->all = all;

	r = request_new(userdata, message, POLKIT_TRACE, untrace, data, untrace_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}
