// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lib/bus.h"
#include "cli/lib/json.h"
#include "cli/lib/mirror.h"
#include "cli/lib/properties.h"
#include "util/util.h"

struct cli_mirror {
	sd_bus *bus;
	sd_bus_slot *changed_slot;
	sd_bus_slot *added_slot;
	sd_bus_slot *removed_slot;
	sd_bus_slot *owner_slot;
	sd_bus_slot *fetch_slot;
	struct cli_mirror_events events;
	/* The objects are in, so signals have something to change. */
	bool filled;
	/* livepatchd left the bus and is not back. */
	bool lost;
	/* The manager is in as well: the mirror is complete. */
	bool loaded;
	/* Of each kind: an object with the paths as keys. */
	json_object *objects[CLI_N_KINDS];
};

static void tell_changed(struct cli_mirror *m, enum cli_kind kind, const char *path,
			 json_object *object)
{
	if (m->loaded && m->events.changed)
		m->events.changed(kind, path, object, m->events.userdata);
}

/* Reads a{sa{sv}}, the interfaces of one object. */
static int read_interfaces(struct cli_mirror *m, sd_bus_message *message, const char *path)
{
	int r;

	r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
	if (r < 0)
		return r;

	while ((r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
		const char *interface;
		int kind;

		r = sd_bus_message_read(message, "s", &interface);
		if (r < 0)
			return r;

		kind = cli_kind_of(interface);
		if (kind < 0) {
			r = sd_bus_message_skip(message, "a{sv}");
			if (r < 0)
				return r;
		} else {
			json_object *object = json_object_new_object();

			(void)json_object_object_add(m->objects[kind], path, object);
			r = cli_properties_read(message, kind, object);
			if (r < 0)
				return r;
			tell_changed(m, kind, path, object);
		}

		r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;

	return sd_bus_message_exit_container(message);
}

/* Reads the reply of GetManagedObjects. */
static int read_objects(struct cli_mirror *m, sd_bus_message *reply)
{
	int r;

	r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
	if (r < 0)
		return r;

	while ((r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
		const char *path;

		r = sd_bus_message_read(reply, "o", &path);
		if (r < 0)
			return r;
		r = read_interfaces(m, reply, path);
		if (r < 0)
			return r;
		r = sd_bus_message_exit_container(reply);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;

	return sd_bus_message_exit_container(reply);
}

static int new_fetch_objects(struct cli_mirror *m, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(m->bus, ret, CLI_BUS_NAME, CLI_BUS_PATH,
					      "org.freedesktop.DBus.ObjectManager",
					      "GetManagedObjects");
}

static int new_fetch_manager(struct cli_mirror *m, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	r = sd_bus_message_new_method_call(m->bus, &message, CLI_BUS_NAME, CLI_BUS_PATH,
					   "org.freedesktop.DBus.Properties", "GetAll");
	if (r < 0)
		return r;
	r = sd_bus_message_append(message, "s", cli_kind_interface(CLI_MANAGER));
	if (r < 0)
		return r;

	*ret = TAKE_PTR(message);
	return 0;
}

static void clear(struct cli_mirror *m)
{
	for (int kind = 0; kind < CLI_N_KINDS; kind++) {
		(void)json_object_put(m->objects[kind]);
		m->objects[kind] = json_object_new_object();
	}
	(void)json_object_object_add(m->objects[CLI_MANAGER], CLI_BUS_PATH,
				     json_object_new_object());
	m->filled = m->loaded = false;
}

int cli_mirror_new(sd_bus *bus, struct cli_mirror **ret)
{
	struct cli_mirror *m;

	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;

	m->bus = sd_bus_ref(bus);
	clear(m);

	*ret = m;
	return 0;
}

struct cli_mirror *cli_mirror_free(struct cli_mirror *m)
{
	if (!m)
		return NULL;

	sd_bus_slot_unref(m->fetch_slot);
	sd_bus_slot_unref(m->owner_slot);
	sd_bus_slot_unref(m->removed_slot);
	sd_bus_slot_unref(m->added_slot);
	sd_bus_slot_unref(m->changed_slot);
	for (int kind = 0; kind < CLI_N_KINDS; kind++)
		(void)json_object_put(m->objects[kind]);
	sd_bus_unref(m->bus);
	free(m);
	return NULL;
}

int cli_mirror_read(struct cli_mirror *m, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL, *objects_reply = NULL,
							*manager = NULL, *manager_reply = NULL;
	int r;

	r = new_fetch_objects(m, &objects);
	if (r < 0)
		return r;
	r = sd_bus_call(m->bus, objects, 0, ret_error, &objects_reply);
	if (r < 0)
		return r;
	r = read_objects(m, objects_reply);
	if (r < 0)
		return r;

	r = new_fetch_manager(m, &manager);
	if (r < 0)
		return r;
	r = sd_bus_call(m->bus, manager, 0, ret_error, &manager_reply);
	if (r < 0)
		return r;
	return cli_properties_read(manager_reply, CLI_MANAGER, cli_mirror_manager(m));
}

static void lose(struct cli_mirror *m)
{
	m->fetch_slot = sd_bus_slot_unref(m->fetch_slot);
	clear(m);
	if (m->lost)
		return;
	m->lost = true;
	m->events.gone(m->events.userdata);
}

/* A fetch failed: @error or, without one, @r. */
static void fail(struct cli_mirror *m, const sd_bus_error *error, int r)
{
	_cleanup_(sd_bus_error_free) sd_bus_error from_errno = SD_BUS_ERROR_NULL;

	/* It died over our question, or is stuck: as good as gone. */
	if (error && sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY)) {
		lose(m);
		return;
	}

	if (!error) {
		(void)sd_bus_error_set_errno(&from_errno, r);
		error = &from_errno;
	}
	m->events.failed(error, m->events.userdata);
}

static int on_manager(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct cli_mirror *m = userdata;
	int r;

	(void)ret_error;
	if (sd_bus_message_is_method_error(reply, NULL)) {
		fail(m, sd_bus_message_get_error(reply), 0);
		return 0;
	}

	r = cli_properties_read(reply, CLI_MANAGER, cli_mirror_manager(m));
	if (r < 0) {
		fail(m, NULL, r);
		return 0;
	}

	m->loaded = true;
	m->events.loaded(m->events.userdata);
	return 0;
}

static int on_objects(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	struct cli_mirror *m = userdata;
	int r;

	(void)ret_error;
	if (sd_bus_message_is_method_error(reply, NULL)) {
		fail(m, sd_bus_message_get_error(reply), 0);
		return 0;
	}

	r = read_objects(m, reply);
	if (r < 0) {
		fail(m, NULL, r);
		return 0;
	}
	m->filled = true;

	m->fetch_slot = sd_bus_slot_unref(m->fetch_slot);
	r = new_fetch_manager(m, &message);
	if (r >= 0)
		r = sd_bus_call_async(m->bus, &m->fetch_slot, message, on_manager, m, 0);
	if (r < 0)
		fail(m, NULL, r);
	return 0;
}

int cli_mirror_fetch(struct cli_mirror *m)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	clear(m);
	m->fetch_slot = sd_bus_slot_unref(m->fetch_slot);
	r = new_fetch_objects(m, &message);
	if (r < 0)
		return r;
	return sd_bus_call_async(m->bus, &m->fetch_slot, message, on_objects, m, 0);
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	const char *interface, *path = sd_bus_message_get_path(message);
	struct cli_mirror *m = userdata;
	json_object *object;
	int kind, r;

	(void)ret_error;
	if (!m->filled)
		return 0;

	r = sd_bus_message_read(message, "s", &interface);
	if (r < 0)
		return r;

	kind = cli_kind_of(interface);
	if (kind < 0)
		return 0;
	object = cli_mirror_find(m, kind, path);
	if (!object)
		return 0;

	r = cli_properties_read(message, kind, object);
	if (r < 0)
		return r;
	tell_changed(m, kind, path, object);
	return 0;
}

static int on_added(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct cli_mirror *m = userdata;
	const char *path;
	int r;

	(void)ret_error;
	if (!m->filled)
		return 0;

	r = sd_bus_message_read(message, "o", &path);
	if (r < 0)
		return r;
	return read_interfaces(m, message, path);
}

static int on_removed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct cli_mirror *m = userdata;
	const char *path, *interface;
	int r;

	(void)ret_error;
	if (!m->filled)
		return 0;

	r = sd_bus_message_read(message, "o", &path);
	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(message, 'a', "s");
	if (r < 0)
		return r;

	while ((r = sd_bus_message_read(message, "s", &interface)) > 0) {
		int kind = cli_kind_of(interface);

		if (kind < 0 || !cli_mirror_find(m, kind, path))
			continue;
		json_object_object_del(m->objects[kind], path);
		tell_changed(m, kind, path, NULL);
	}

	return r;
}

static int on_owner(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;
	struct cli_mirror *m = userdata;
	int r;

	(void)ret_error;
	r = sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner);
	if (r < 0)
		return r;

	if (*old_owner)
		lose(m);
	if (!*new_owner)
		return 0;

	m->lost = false;
	r = cli_mirror_fetch(m);
	if (r < 0)
		fail(m, NULL, r);
	return 0;
}

int cli_mirror_watch(struct cli_mirror *m, const struct cli_mirror_events *events)
{
	static const char owner_match[] =
		"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
		"member='NameOwnerChanged',arg0='" CLI_BUS_NAME "'";
	static const char changed_match[] =
		"type='signal',sender='" CLI_BUS_NAME "',path_namespace='" CLI_BUS_PATH "',"
		"interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'";
	static const char added_match[] =
		"type='signal',sender='" CLI_BUS_NAME "',path='" CLI_BUS_PATH "',"
		"interface='org.freedesktop.DBus.ObjectManager',member='InterfacesAdded'";
	static const char removed_match[] =
		"type='signal',sender='" CLI_BUS_NAME "',path='" CLI_BUS_PATH "',"
		"interface='org.freedesktop.DBus.ObjectManager',member='InterfacesRemoved'";
	const struct {
		const char *rule;
		sd_bus_slot **slot;
		sd_bus_message_handler_t handler;
	} matches[] = {
		{ owner_match, &m->owner_slot, on_owner },
		{ changed_match, &m->changed_slot, on_changed },
		{ added_match, &m->added_slot, on_added },
		{ removed_match, &m->removed_slot, on_removed },
	};

	m->events = *events;
	for (size_t i = 0; i < ELEMENTSOF(matches); i++) {
		int r;

		r = sd_bus_add_match(m->bus, matches[i].slot, matches[i].rule, matches[i].handler, m);
		if (r < 0)
			return r;
	}

	return 0;
}

json_object *cli_mirror_manager(struct cli_mirror *m)
{
	return cli_mirror_find(m, CLI_MANAGER, CLI_BUS_PATH);
}

json_object *cli_mirror_find(struct cli_mirror *m, enum cli_kind kind, const char *path)
{
	return json_object_object_get(m->objects[kind], path);
}

json_object *cli_mirror_find_named(struct cli_mirror *m, enum cli_kind kind, const char *name)
{
	const char *key = kind == CLI_PATCH ? "name" : "id";

	json_object_object_foreach(m->objects[kind], path, object) {
		(void)path;
		if (lpd_streq(cli_json_string(object, key), name))
			return object;
	}
	return NULL;
}

static int by_number(const void *a, const void *b, const char *key)
{
	uint64_t x = cli_json_uint(*(json_object *const *)a, key);
	uint64_t y = cli_json_uint(*(json_object *const *)b, key);

	return x < y ? -1 : x > y;
}

static int by_backend_and_order(const void *a, const void *b)
{
	json_object *x = *(json_object *const *)a, *y = *(json_object *const *)b;
	int r = strcmp(cli_json_string(y, "backend"), cli_json_string(x, "backend"));

	if (r == 0)
		/* What has no place in the order comes last. */
		r = !cli_json_uint(x, "order") - !cli_json_uint(y, "order");
	return r ?: by_number(a, b, "order");
}

static int by_id(const void *a, const void *b)
{
	return by_number(a, b, "id");
}

json_object *cli_mirror_list(struct cli_mirror *m, enum cli_kind kind)
{
	json_object *array = json_object_new_array();

	json_object_object_foreach(m->objects[kind], path, object) {
		(void)path;
		(void)json_object_array_add(array, json_object_get(object));
	}
	json_object_array_sort(array, kind == CLI_PATCH ? by_backend_and_order : by_id);

	return array;
}

json_object *cli_mirror_current(struct cli_mirror *m)
{
	return cli_mirror_find(m, CLI_TRANSITION,
			       cli_json_string(cli_mirror_manager(m), "transition"));
}

json_object *cli_mirror_status(struct cli_mirror *m)
{
	json_object *manager = cli_mirror_manager(m);
	json_object *status = json_object_new_object(), *helper = json_object_new_object();

	cli_json_copy(helper, "loaded", manager, "helper_loaded");
	cli_json_copy(helper, "version", manager, "helper_version");

	cli_json_copy(status, "state", manager, "state");
	cli_json_copy(status, "kernel", manager, "kernel");
	cli_json_copy(status, "version", manager, "version");
	cli_json_copy(status, "transition_watch", manager, "transition_watch");
	(void)json_object_object_add(status, "helper", helper);
	(void)json_object_object_add(status, "transition", json_object_get(cli_mirror_current(m)));
	return status;
}
