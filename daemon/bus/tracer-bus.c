// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/tracer-bus.h"
#include "engine/engine.h"
#include "util/log.h"

#define PREFIX BUS_PATH "/tracer"
#define INTERFACE "org.livepatchd1.Tracer"

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct tracer *tracer = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", tracer_state_name(tracer->state));
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Id", "u", NULL, offsetof(struct tracer, id), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Function", "s", NULL, offsetof(struct tracer, function), SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Kind", "s", NULL, offsetof(struct tracer, kind), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Priority", "i", NULL, offsetof(struct tracer, spec.priority),
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Pid", "u", NULL, offsetof(struct tracer, spec.pid), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Comm", "s", NULL, offsetof(struct tracer, comm), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Backend", "s", NULL, offsetof(struct tracer, backend),
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error)
{
	struct api *api = userdata;
	struct tracer *tracer;
	uint64_t id;

	(void)bus, (void)interface, (void)error;
	if (bus_number_of_path(path, PREFIX, &id) < 0 || id > UINT32_MAX)
		return 0;
	tracer = tracers_find(&api->engine->tracers, (uint32_t)id);
	if (!tracer)
		return 0;
	*ret = tracer;
	return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error)
{
	struct api *api = userdata;
	struct tracer *tracer;
	char path[BUS_PATH_SIZE];
	size_t n = 0;
	char **paths;

	(void)bus, (void)prefix, (void)error;
	TAILQ_FOREACH(tracer, &api->engine->tracers.list, link)
		n++;
	paths = calloc(n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	n = 0;
	TAILQ_FOREACH(tracer, &api->engine->tracers.list, link) {
		paths[n] = strdup(bus_number_path(path, PREFIX, tracer->id));
		if (paths[n])
			n++;
	}
	*ret = paths;
	return 0;
}

int tracer_bus_register(struct api *api)
{
	int r;

	r = sd_bus_add_fallback_vtable(api->bus, NULL, PREFIX, INTERFACE, vtable, find, api);
	if (r < 0)
		return r;
	return sd_bus_add_node_enumerator(api->bus, NULL, PREFIX, enumerate, api);
}

static void emitted(int r, const struct tracer *tracer)
{
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot tell the bus of tracer %u: %s", tracer->id, strerror(-r));
}

static void added(struct tracer *tracer, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];

	emitted(sd_bus_emit_object_added(api->bus, bus_number_path(path, PREFIX, tracer->id)), tracer);
}

static void changed(struct tracer *tracer, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];
	int r;

	(void)bus_number_path(path, PREFIX, tracer->id);
	r = sd_bus_emit_properties_changed(api->bus, path, INTERFACE, "State", "Backend", "Kind", "Priority", "Pid",
					   "Comm", NULL);
	emitted(r, tracer);
}

static void removed(struct tracer *tracer, void *userdata)
{
	struct api *api = userdata;
	char path[BUS_PATH_SIZE];

	emitted(sd_bus_emit_object_removed(api->bus, bus_number_path(path, PREFIX, tracer->id)), tracer);
}

const struct tracer_observer tracer_bus_observer = {
	.added = added,
	.changed = changed,
	.removed = removed,
};
