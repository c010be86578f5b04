// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/hits-bus.h"
#include "bus/polkit.h"
#include "bus/request.h"
#include "engine/engine.h"
#include "engine/helper-link.h"
#include "engine/tracing/hit-streams.h"
#include "kernel/hit-source.h"

/* How many tracers one request may name. */
#define TRACERS_MAX LPH_BULK_MAX

/**
 * struct hits - the hits of event tracers, and who listens to them
 * @source: where they come from; NULL: nobody listens
 * @streams: where they go
 */
struct hits {
	struct api *api;
	struct hit_source *source;
	struct hit_streams *streams;
};

/**
 * struct stream_data - what is to be listened to
 * @tracers: ids; owned
 */
struct stream_data {
	uint32_t *tracers;
	size_t n_tracers;
	uint32_t except_pid;
};

static void stream_data_free(void *p)
{
	struct stream_data *data = p;

	free(data->tracers);
	free(data);
}

static inline void stream_data_freep(struct stream_data **data)
{
	if (*data)
		stream_data_free(*data);
}

/* ---------------------------------------------------------- from the kernel */

static void on_hit(const struct hit *hit, void *userdata)
{
	const struct hits *hits = userdata;

	hit_streams_hit(hits->streams, hit);
}

static void on_lost(uint64_t all, void *userdata)
{
	const struct hits *hits = userdata;

	hit_streams_lost(hits->streams, all);
}

static void on_pause(void *userdata)
{
	const struct hits *hits = userdata;

	hit_streams_flush(hits->streams);
}

static const struct hit_source_observer source_observer = {
	.hit = on_hit,
	.lost = on_lost,
	.pause = on_pause,
};

/* --------------------------------------------------------------- to clients */

static const char *function_of(uint32_t tracer, void *userdata)
{
	struct hits *hits = userdata;
	const struct tracer *found = tracers_find(&hits->api->engine->tracers, tracer);

	return found ? found->function : NULL;
}

static void on_idle(void *userdata)
{
	struct hits *hits = userdata;

	if (hits->source)
		hits->source = hit_source_free(hits->source);
}

static const struct hit_streams_observer streams_observer = {
	.function = function_of,
	.idle = on_idle,
};

static int check_tracers(struct api *api, const struct stream_data *data, struct failure *failure)
{
	for (size_t i = 0; i < data->n_tracers; i++) {
		const struct tracer *tracer = tracers_find(&api->engine->tracers, data->tracers[i]);

		if (!tracer)
			return failure_set(failure, FAILURE_NO_SUCH_TRACER, "There is no tracer %u.", data->tracers[i]);
		if (tracer->spec.kind != LPH_KIND_EVENT)
			return failure_set(failure, FAILURE_INVALID_ARGUMENT,
					   "Tracer %u is of kind %s: only those of kind event tell of each hit; retrace "
					   "--kind=event %u makes it one.",
					   tracer->id, tracer->kind, tracer->id);
	}
	return 0;
}

static int listen(struct request *request, const struct stream_data *data, int *ret_fd, struct failure *failure)
{
	const struct hit_filter filter = { data->tracers, data->n_tracers, data->except_pid };
	const char *client = sd_bus_message_get_sender(request->message);
	struct api *api = request->api;
	struct hits *hits = api->hits;
	int r;

	if (!helper_is_up(api->helper))
		return failure_set(failure, FAILURE_HELPER_MISSING,
				   "The module livepatch_helper is not loaded, so there are no tracers; trace --kind=event "
				   "attaches some.");
	r = check_tracers(api, data, failure);
	if (r < 0)
		return r;
	/* Others of its requests may have been granted meanwhile. */
	r = hit_streams_room(hits->streams, client);
	if (r < 0)
		return r;
	if (!hits->source) {
		r = hit_source_new(api->engine->event, &source_observer, hits, &hits->source, failure);
		if (r < 0)
			return r;
	}
	r = hit_streams_add(hits->streams, client, &filter, hit_source_lost(hits->source), ret_fd);
	if (r < 0 && hit_streams_empty(hits->streams))
		on_idle(hits);
	return r;
}

static void stream(struct request *request, void *p)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	_cleanup_close_ int fd = -1;
	int r;

	r = listen(request, p, &fd, &failure);
	if (r < 0)
		request_fail(request, r, &failure);
	else
		request_reply(request, "h", fd);
}

int hits_bus_stream(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(stream_data_freep) struct stream_data *data = calloc(1, sizeof(*data));
	const struct bus_option options[] = { { "except-pid", 'u', data ? &data->except_pid : NULL } };
	struct api *api = userdata;
	int r;

	if (!data)
		return -ENOMEM;
	r = bus_read_ids(message, &data->tracers, &data->n_tracers);
	if (r < 0)
		return r;
	r = bus_read_options(message, options, ELEMENTSOF(options), error);
	if (r < 0)
		return r;
	if (data->n_tracers > TRACERS_MAX)
		return bus_invalid(error, "One request names %i tracers at most.", TRACERS_MAX);
	if (hit_streams_room(api->hits->streams, sd_bus_message_get_sender(message)) < 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
					 "You, or all clients together, have too many streams already, %i a client and %i in "
					 "all: close one.",
					 HIT_STREAMS_CLIENT_MAX, HIT_STREAMS_MAX);
	r = request_new(api, message, POLKIT_TRACE, stream, data, stream_data_free, error);
	if (r >= 0)
		data = NULL;
	return r;
}

int hits_new(struct api *api, struct hits **ret)
{
	_cleanup_(hits_freep) struct hits *hits = calloc(1, sizeof(*hits));
	int r;

	if (!hits)
		return -ENOMEM;
	hits->api = api;
	r = hit_streams_new(api->engine->event, &streams_observer, hits, &hits->streams);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(hits);
	return 0;
}

struct hits *hits_free(struct hits *hits)
{
	if (hits->streams)
		(void)hit_streams_free(hits->streams);
	if (hits->source)
		(void)hit_source_free(hits->source);
	free(hits);
	return NULL;
}
