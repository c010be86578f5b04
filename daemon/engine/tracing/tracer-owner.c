// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "engine/store.h"
#include "engine/tracing/tracer-owner.h"
#include "engine/tracing/tracing.h"
#include "util/json-util.h"
#include "util/log.h"

#define NOTE "holds"
#define DBUS "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

/**
 * struct tracer_owner - tracers of one request
 * @client: its name on the bus; owned
 * @ids: the tracers; owned
 * @n_ids: how many
 * @wanted: array of functions that are being asked for; NULL: that is over
 * @above: ids of what comes of it are higher; 0: the helper was not there
 * @live: the request is this daemon's, and will settle
 * @left: the client has gone
 * @removing: the tracers are on their way out
 * @match: tells that the client leaves
 * @look: the question whether it is there at all
 */
struct tracer_owner {
	LIST_ENTRY(tracer_owner) link;
	struct tracer_owners *owners;
	char *client;
	uint32_t *ids;
	size_t n_ids;
	struct json_object *wanted;
	uint32_t above;
	bool live;
	bool left;
	bool removing;
	sd_bus_slot *match;
	sd_bus_slot *look;
};

/**
 * struct tracer_owners - all there are
 * @known: the tracers are known as the helper has them
 */
struct tracer_owners {
	struct engine *engine;
	struct tracing *tracing;
	sd_bus *bus;
	LIST_HEAD(, tracer_owner) list;
	bool known;
};

static struct tracer_owner *owner_free(struct tracer_owner *owner)
{
	if (owner->owners)
		LIST_REMOVE(owner, link);
	sd_bus_slot_unref(owner->match);
	sd_bus_slot_unref(owner->look);
	json_object_put(owner->wanted);
	free(owner->client);
	free(owner->ids);
	free(owner);
	return NULL;
}
DEFINE_CLEANUP(struct tracer_owner *, owner_free)

/* --------------------------------------------------------------- the store */

/* Differs each time the helper is loaded, and its ids begin anew. 0: it is not. */
static uint64_t helper_instance(const struct tracer_owners *owners)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/module/livepatch_helper", owners->engine->setup.root.sys) < 0) {
		path = NULL;
		return 0;
	}
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* Names of clients mean nothing on another bus. */
static void name_bus(const struct tracer_owners *owners, char text[SD_ID128_STRING_MAX])
{
	sd_id128_t id = SD_ID128_NULL;

	(void)sd_bus_get_bus_id(owners->bus, &id);
	(void)sd_id128_to_string(id, text);
}

static struct json_object *owner_to_json(const struct tracer_owner *owner)
{
	struct json_object *object = json_object_new_object(), *ids = json_object_new_array();

	for (size_t i = 0; i < owner->n_ids; i++)
		json_object_array_add(ids, json_object_new_int64(owner->ids[i]));
	json_object_object_add(object, "client", json_object_new_string(owner->client));
	json_object_object_add(object, "ids", ids);
	if (!owner->wanted)
		return object;
	json_object_object_add(object, "wanted", json_object_get(owner->wanted));
	json_object_object_add(object, "above", json_object_new_int64(owner->above));
	return object;
}

static int save(struct tracer_owners *owners)
{
	_cleanup_(lpd_json_putp) struct json_object *note = json_object_new_object();
	struct json_object *list = json_object_new_array();
	char bus[SD_ID128_STRING_MAX];
	struct tracer_owner *owner;

	if (LIST_EMPTY(&owners->list)) {
		json_object_put(list);
		store_remove_note(owners->engine->store, NOTE);
		return 0;
	}
	name_bus(owners, bus);
	LIST_FOREACH(owner, &owners->list, link)
		json_object_array_add(list, owner_to_json(owner));
	json_object_object_add(note, "bus", json_object_new_string(bus));
	json_object_object_add(note, "helper", json_object_new_uint64(helper_instance(owners)));
	json_object_object_add(note, "holds", list);
	return store_write_note(owners->engine->store, NOTE, note);
}

static void save_or_log(struct tracer_owners *owners)
{
	int r = save(owners);

	if (r < 0)
		lpd_log(LOG_ERR, "Cannot store whose tracers there are: %s", strerror(-r));
}

/* ---------------------------------------------------------------- removing */

static void on_removed(struct tracing_item *items, size_t n, struct failure *failure, void *userdata)
{
	struct tracer_owner *owner = userdata;
	struct tracer_owners *owners = owner->owners;

	for (size_t i = 0; i < n && failure->kind == FAILURE_NONE; i++)
		if (items[i].failure.kind != FAILURE_NONE)
			failure = &items[i].failure;
	if (failure->kind != FAILURE_NONE)
		lpd_log(LOG_WARNING, "Cannot remove all tracers of %s, which has left: %s", owner->client,
			failure_message(failure));
	(void)owner_free(owner);
	save_or_log(owners);
}

/* Those that somebody else has removed are as they should be. */
static void forget_removed(struct tracer_owner *owner)
{
	struct tracers *tracers = &owner->owners->engine->tracers;
	size_t n = 0;

	for (size_t i = 0; i < owner->n_ids; i++)
		if (tracers_find(tracers, owner->ids[i]))
			owner->ids[n++] = owner->ids[i];
	owner->n_ids = n;
}

static void end_owner(struct tracer_owner *owner)
{
	struct tracer_owners *owners = owner->owners;
	int r = 0;

	forget_removed(owner);
	if (owner->n_ids > 0) {
		lpd_log(LOG_INFO, "%s has left; removing its %zu tracers.", owner->client, owner->n_ids);
		owner->removing = true;
		r = tracing_remove(owners->tracing, owner->ids, owner->n_ids, LPH_STRATEGY_SLOTS, on_removed, owner);
		if (r >= 0)
			return;
		lpd_log(LOG_ERR, "Cannot remove the tracers of %s, which has left: %s", owner->client, strerror(-r));
	}
	(void)owner_free(owner);
	save_or_log(owners);
}

static void look_at(struct tracer_owner *owner)
{
	if (owner->left && !owner->live && !owner->removing && owner->owners->known)
		end_owner(owner);
}

/* -------------------------------------------------------------- the client */

static void client_left(struct tracer_owner *owner)
{
	owner->left = true;
	look_at(owner);
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 && !*after)
		client_left(userdata);
	return 0;
}

static int on_looked(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct tracer_owner *owner = userdata;
	int there = 0;

	(void)error;
	owner->look = sd_bus_slot_unref(owner->look);
	if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "b", &there) >= 0 && !there)
		client_left(owner);
	return 0;
}

/* First the match, then the question: it cannot leave unseen. */
static int watch(struct tracer_owner *owner)
{
	sd_bus *bus = owner->owners->bus;
	_cleanup_free_ char *match = NULL;
	int r;

	if (asprintf(&match,
		     "type='signal',sender='" DBUS "',path='" DBUS_PATH "',interface='" DBUS
		     "',member='NameOwnerChanged',arg0='%s'",
		     owner->client) < 0) {
		match = NULL;
		return -ENOMEM;
	}
	r = sd_bus_add_match_async(bus, &owner->match, match, on_owner_changed, NULL, owner);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus, &owner->look, DBUS, DBUS_PATH, DBUS, "NameHasOwner", on_looked, owner, "s",
					owner->client);
}

static int owner_new(struct tracer_owners *owners, const char *client, struct tracer_owner **ret)
{
	_cleanup_(owner_freep) struct tracer_owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return -ENOMEM;
	owner->client = strdup(client);
	if (!owner->client)
		return -ENOMEM;
	owner->owners = owners;
	LIST_INSERT_HEAD(&owners->list, owner, link);
	*ret = TAKE_PTR(owner);
	return 0;
}

/* ---------------------------------------------------------------- requests */

int tracer_owner_begin(struct tracer_owners *owners, const char *client, const struct function_name *functions,
		       size_t n, struct tracer_owner **ret)
{
	_cleanup_(owner_freep) struct tracer_owner *owner = NULL;
	char text[FUNCTION_NAME_MAX];
	struct tracer *tracer;
	int r;

	r = owner_new(owners, client, &owner);
	if (r < 0)
		return r;
	owner->live = true;
	owner->wanted = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(owner->wanted,
				      json_object_new_string(function_name_format(text, functions + i)));
	TAILQ_FOREACH(tracer, &owners->engine->tracers.list, link)
		owner->above = tracer->id > owner->above ? tracer->id : owner->above;
	r = save(owners);
	if (r >= 0)
		r = watch(owner);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(owner);
	return 0;
}

void tracer_owner_settle(struct tracer_owner *owner, const uint32_t *ids, size_t n)
{
	struct tracer_owners *owners;

	if (!owner)
		return;
	owners = owner->owners;
	owner->live = false;
	json_object_put(TAKE_PTR(owner->wanted));
	owner->ids = n > 0 ? reallocarray(NULL, n, sizeof(*ids)) : NULL;
	if (!owner->ids) {
		if (n > 0)
			lpd_log(LOG_ERR, "No memory to owner the tracers of %s: they stay.", owner->client);
		(void)owner_free(owner);
		save_or_log(owners);
		return;
	}
	memcpy(owner->ids, ids, n * sizeof(*ids));
	owner->n_ids = n;
	save_or_log(owners);
	look_at(owner);
}

/* ----------------------------------------------------- after a restart */

static bool is_wanted(const struct tracer_owner *owner, const struct tracer *tracer)
{
	for (size_t i = 0; i < json_object_array_length(owner->wanted); i++) {
		const char *function = json_object_get_string(json_object_array_get_idx(owner->wanted, i));

		if (lpd_streq(function, tracer->function))
			return true;
	}
	return false;
}

/* What came of a request that the restart cut off. */
static int find_wanted(struct tracer_owner *owner)
{
	struct tracer *tracer;

	TAILQ_FOREACH(tracer, &owner->owners->engine->tracers.list, link) {
		uint32_t *grown;

		if (tracer->id <= owner->above || !is_wanted(owner, tracer))
			continue;
		grown = reallocarray(owner->ids, owner->n_ids + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		owner->ids = grown;
		grown[owner->n_ids++] = tracer->id;
	}
	json_object_put(TAKE_PTR(owner->wanted));
	owner->left = true;
	return 0;
}

static void on_known(void *userdata)
{
	struct tracer_owners *owners = userdata;
	struct tracer_owner *owner, *next;

	owners->known = true;
	for (owner = LIST_FIRST(&owners->list); owner; owner = next) {
		next = LIST_NEXT(owner, link);
		if (owner->wanted && !owner->live && find_wanted(owner) < 0)
			lpd_log(LOG_ERR, "No memory to look for tracers of %s: they stay.", owner->client);
		look_at(owner);
	}
}

static void on_down(void *userdata)
{
	struct tracer_owners *owners = userdata;
	struct tracer_owner *owner, *next;

	for (owner = LIST_FIRST(&owners->list); owner; owner = next) {
		next = LIST_NEXT(owner, link);
		owner->above = 0;
		if (!owner->live)
			(void)owner_free(owner);
	}
	save_or_log(owners);
}

static int resume(struct tracer_owners *owners, struct json_object *object)
{
	struct json_object *ids = json_object_object_get(object, "ids");
	const char *client = json_object_get_string(json_object_object_get(object, "client"));
	_cleanup_(owner_freep) struct tracer_owner *owner = NULL;
	int r;

	if (!client || !json_object_is_type(ids, json_type_array))
		return -EBADMSG;
	r = owner_new(owners, client, &owner);
	if (r < 0)
		return r;
	owner->n_ids = json_object_array_length(ids);
	owner->ids = calloc(owner->n_ids ?: 1, sizeof(*owner->ids));
	if (!owner->ids)
		return -ENOMEM;
	for (size_t i = 0; i < owner->n_ids; i++)
		owner->ids[i] = (uint32_t)json_object_get_int64(json_object_array_get_idx(ids, i));
	if (json_object_is_type(json_object_object_get(object, "wanted"), json_type_array))
		owner->wanted = json_object_get(json_object_object_get(object, "wanted"));
	owner->above = (uint32_t)json_object_get_int64(json_object_object_get(object, "above"));
	r = watch(owner);
	if (r < 0)
		return r;
	TAKE_PTR(owner);
	return 0;
}

int tracer_owners_resume(struct tracer_owners *owners)
{
	_cleanup_(lpd_json_putp) struct json_object *note = NULL;
	struct json_object *list;
	uint64_t instance;
	char bus[SD_ID128_STRING_MAX];
	bool same_bus;
	int r;

	r = store_read_note(owners->engine->store, NOTE, &note);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		lpd_log(LOG_WARNING, "Cannot read whose tracers there are: %s", strerror(-r));
		return r == -ENOMEM ? r : 0;
	}
	list = json_object_object_get(note, "holds");
	instance = json_object_get_uint64(json_object_object_get(note, "helper"));
	if (instance != 0 && instance != helper_instance(owners))
		list = NULL;
	name_bus(owners, bus);
	same_bus = lpd_streq(json_object_get_string(json_object_object_get(note, "bus")) ?: "", bus);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		r = resume(owners, json_object_array_get_idx(list, i));
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			lpd_log(LOG_WARNING, "Cannot tell whose tracers some are: %s", strerror(-r));
		else if (!same_bus)
			client_left(LIST_FIRST(&owners->list));
	}
	return save(owners);
}

static const struct tracing_observer observer = {
	.known = on_known,
	.down = on_down,
};

int tracer_owners_new(struct engine *engine, struct tracing *tracing, sd_bus *bus, struct tracer_owners **ret)
{
	struct tracer_owners *owners = calloc(1, sizeof(*owners));

	if (!owners)
		return -ENOMEM;
	owners->engine = engine;
	owners->tracing = tracing;
	owners->bus = bus;
	LIST_INIT(&owners->list);
	tracing_observe(tracing, &observer, owners);
	*ret = owners;
	return 0;
}

struct tracer_owners *tracer_owners_free(struct tracer_owners *owners)
{
	struct tracer_owner *owner;

	while ((owner = LIST_FIRST(&owners->list))) {
		tracing_forget(owners->tracing, owner);
		(void)owner_free(owner);
	}
	free(owners);
	return NULL;
}
