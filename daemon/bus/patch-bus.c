// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/api.h"
#include "bus/bus-util.h"
#include "bus/patch-bus.h"
#include "engine/engine.h"
#include "model/klp-patch.h"
#include "util/log.h"

#define PREFIX BUS_PATH "/patch"
#define INTERFACE "org.livepatchd1.Patch"

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct patch *patch = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", patch_state_name(patch->state));
}

static int get_backend(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct patch *patch = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", patch_backend_name(patch->backend));
}

static int get_replace(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct patch *patch = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", klp_replace_name(patch->replace));
}

static int get_functions(sd_bus *bus, const char *path, const char *interface, const char *property,
			 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct patch *patch = userdata;
	int r;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "(ssub)");
	if (r < 0)
		return r;
	for (size_t i = 0; i < patch->n_functions; i++) {
		const struct klp_function *function = patch->functions + i;

		r = sd_bus_message_append(reply, "(ssub)", function->symbol, function->module, function->sympos,
					  (int)function->patched);
		if (r < 0)
			return r;
	}
	return sd_bus_message_close_container(reply);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Name", "s", NULL, offsetof(struct patch, name), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Backend", "s", get_backend, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Order", "u", NULL, offsetof(struct patch, order), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("File", "s", NULL, offsetof(struct patch, file), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("SHA256", "s", NULL, offsetof(struct patch, sha256), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Replace", "s", get_replace, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Functions", "a(ssub)", get_functions, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret, sd_bus_error *error)
{
	_cleanup_free_ char *name = NULL;
	struct api *api = userdata;
	struct patch *patch;
	int r;

	(void)bus, (void)interface, (void)error;
	r = sd_bus_path_decode(path, PREFIX, &name);
	if (r <= 0)
		return r;
	patch = patches_find(&api->engine->patches, name);
	if (!patch)
		return 0;
	*ret = patch;
	return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *error)
{
	struct api *api = userdata;
	struct patch *patch;
	size_t n = 0;
	char **paths;

	(void)bus, (void)prefix, (void)error;
	TAILQ_FOREACH(patch, &api->engine->patches.list, link)
		n++;
	paths = calloc(n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	n = 0;
	TAILQ_FOREACH(patch, &api->engine->patches.list, link)
		if (sd_bus_path_encode(PREFIX, patch->name, paths + n) >= 0)
			n++;
	*ret = paths;
	return 0;
}

int patch_bus_register(struct api *api)
{
	int r;

	r = sd_bus_add_fallback_vtable(api->bus, NULL, PREFIX, INTERFACE, vtable, find, api);
	if (r < 0)
		return r;
	return sd_bus_add_node_enumerator(api->bus, NULL, PREFIX, enumerate, api);
}

static void emitted(int r, const struct patch *patch)
{
	if (r < 0)
		lpd_log_about(LOG_WARNING, patch->name, 0, "Cannot tell the bus of %s: %s", patch->name, strerror(-r));
}

static void added(struct patch *patch, void *userdata)
{
	_cleanup_free_ char *path = NULL;
	struct api *api = userdata;
	int r;

	r = sd_bus_path_encode(PREFIX, patch->name, &path);
	if (r >= 0)
		r = sd_bus_emit_object_added(api->bus, path);
	emitted(r, patch);
}

static void changed(struct patch *patch, unsigned int what, void *userdata)
{
	_cleanup_free_ char *path = NULL;
	struct api *api = userdata;
	const char *names[7];
	size_t n = 0;
	int r;

	if (what & PATCH_STATE_CHANGED)
		names[n++] = "State";
	if (what & PATCH_ORDER_CHANGED)
		names[n++] = "Order";
	if (what & PATCH_FILE_CHANGED) {
		names[n++] = "File";
		names[n++] = "SHA256";
	}
	if (what & PATCH_REPLACE_CHANGED)
		names[n++] = "Replace";
	if (what & PATCH_FUNCTIONS_CHANGED)
		names[n++] = "Functions";
	names[n] = NULL;

	r = sd_bus_path_encode(PREFIX, patch->name, &path);
	if (r >= 0)
		r = sd_bus_emit_properties_changed_strv(api->bus, path, INTERFACE, (char **)names);
	emitted(r, patch);
}

static void removed(struct patch *patch, void *userdata)
{
	_cleanup_free_ char *path = NULL;
	struct api *api = userdata;
	int r;

	r = sd_bus_path_encode(PREFIX, patch->name, &path);
	if (r >= 0)
		r = sd_bus_emit_object_removed(api->bus, path);
	emitted(r, patch);
}

const struct patch_observer patch_bus_observer = {
	.added = added,
	.changed = changed,
	.removed = removed,
};
