// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "engine/holds.h"
#include "engine/tracing.h"
#include "util/json-util.h"
#include "util/log.h"

#define NOTE "holds"
#define DBUS "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

/**
 * struct hold - tracers of one request
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
struct hold {
	LIST_ENTRY(hold) link;
	struct holds *owner;
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
 * struct holds - all there are
 * @known: the tracers are known as the helper has them
 */
struct holds {
	struct manager *manager;
	LIST_HEAD(, hold) list;
	bool known;
};

static struct hold *hold_free(struct hold *hold)
{
	if (hold->owner)
		LIST_REMOVE(hold, link);
	sd_bus_slot_unref(hold->match);
	sd_bus_slot_unref(hold->look);
	json_object_put(hold->wanted);
	free(hold->client);
	free(hold->ids);
	free(hold);
	return NULL;
}
DEFINE_CLEANUP(struct hold *, hold_free)

/* --------------------------------------------------------------- the store */

/* Differs each time the helper is loaded, and its ids begin anew. 0: it is not. */
static uint64_t helper_instance(const struct manager *m)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/module/livepatch_helper", m->setup.root.sys) < 0) {
		path = NULL;
		return 0;
	}
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* Names of clients mean nothing on another bus. */
static void name_bus(const struct manager *m, char text[SD_ID128_STRING_MAX])
{
	sd_id128_t id = SD_ID128_NULL;

	(void)sd_bus_get_bus_id(m->bus, &id);
	(void)sd_id128_to_string(id, text);
}

static struct json_object *hold_to_json(const struct hold *hold)
{
	struct json_object *object = json_object_new_object(), *ids = json_object_new_array();

	for (size_t i = 0; i < hold->n_ids; i++)
		json_object_array_add(ids, json_object_new_int64(hold->ids[i]));
	json_object_object_add(object, "client", json_object_new_string(hold->client));
	json_object_object_add(object, "ids", ids);
	if (!hold->wanted)
		return object;
	json_object_object_add(object, "wanted", json_object_get(hold->wanted));
	json_object_object_add(object, "above", json_object_new_int64(hold->above));
	return object;
}

static int save(struct holds *holds)
{
	_cleanup_(lpd_json_putp) struct json_object *note = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct manager *m = holds->manager;
	char bus[SD_ID128_STRING_MAX];
	struct hold *hold;

	if (LIST_EMPTY(&holds->list)) {
		json_object_put(list);
		store_remove_note(m->store, NOTE);
		return 0;
	}
	name_bus(m, bus);
	LIST_FOREACH(hold, &holds->list, link)
		json_object_array_add(list, hold_to_json(hold));
	json_object_object_add(note, "bus", json_object_new_string(bus));
	json_object_object_add(note, "helper", json_object_new_uint64(helper_instance(m)));
	json_object_object_add(note, "holds", list);
	return store_write_note(m->store, NOTE, note);
}

static void save_or_log(struct holds *holds)
{
	int r = save(holds);

	if (r < 0)
		lpd_log(LOG_ERR, "Cannot store whose tracers there are: %s", strerror(-r));
}

/* ---------------------------------------------------------------- removing */

static void on_removed(struct tracing_item *items, size_t n, struct failure *failure, void *userdata)
{
	struct hold *hold = userdata;
	struct holds *holds = hold->owner;

	for (size_t i = 0; i < n && failure->kind == FAILURE_NONE; i++)
		if (items[i].failure.kind != FAILURE_NONE)
			failure = &items[i].failure;
	if (failure->kind != FAILURE_NONE)
		lpd_log(LOG_WARNING, "Cannot remove all tracers of %s, which has left: %s", hold->client,
			failure_message(failure));
	(void)hold_free(hold);
	save_or_log(holds);
}

/* Those that somebody else has removed are as they should be. */
static void forget_removed(struct hold *hold)
{
	struct tracers *tracers = &hold->owner->manager->tracers;
	size_t n = 0;

	for (size_t i = 0; i < hold->n_ids; i++)
		if (tracers_find(tracers, hold->ids[i]))
			hold->ids[n++] = hold->ids[i];
	hold->n_ids = n;
}

static void end_hold(struct hold *hold)
{
	struct holds *holds = hold->owner;
	int r = 0;

	forget_removed(hold);
	if (hold->n_ids > 0) {
		lpd_log(LOG_INFO, "%s has left; removing its %zu tracers.", hold->client, hold->n_ids);
		hold->removing = true;
		r = tracing_remove(holds->manager, hold->ids, hold->n_ids, LPH_STRATEGY_SLOTS, on_removed, hold);
		if (r >= 0)
			return;
		lpd_log(LOG_ERR, "Cannot remove the tracers of %s, which has left: %s", hold->client, strerror(-r));
	}
	(void)hold_free(hold);
	save_or_log(holds);
}

static void look_at(struct hold *hold)
{
	if (hold->left && !hold->live && !hold->removing && hold->owner->known)
		end_hold(hold);
}

/* -------------------------------------------------------------- the client */

static void client_left(struct hold *hold)
{
	hold->left = true;
	look_at(hold);
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
	struct hold *hold = userdata;
	int there = 0;

	(void)error;
	hold->look = sd_bus_slot_unref(hold->look);
	if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "b", &there) >= 0 && !there)
		client_left(hold);
	return 0;
}

/* First the match, then the question: it cannot leave unseen. */
static int watch(struct hold *hold)
{
	sd_bus *bus = hold->owner->manager->bus;
	_cleanup_free_ char *match = NULL;
	int r;

	if (asprintf(&match,
		     "type='signal',sender='" DBUS "',path='" DBUS_PATH "',interface='" DBUS
		     "',member='NameOwnerChanged',arg0='%s'",
		     hold->client) < 0) {
		match = NULL;
		return -ENOMEM;
	}
	r = sd_bus_add_match_async(bus, &hold->match, match, on_owner_changed, NULL, hold);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus, &hold->look, DBUS, DBUS_PATH, DBUS, "NameHasOwner", on_looked, hold, "s",
					hold->client);
}

static int hold_new(struct holds *holds, const char *client, struct hold **ret)
{
	_cleanup_(hold_freep) struct hold *hold = calloc(1, sizeof(*hold));

	if (!hold)
		return -ENOMEM;
	hold->client = strdup(client);
	if (!hold->client)
		return -ENOMEM;
	hold->owner = holds;
	LIST_INSERT_HEAD(&holds->list, hold, link);
	*ret = TAKE_PTR(hold);
	return 0;
}

/* ---------------------------------------------------------------- requests */

int hold_begin(struct manager *m, const char *client, const struct function_name *functions, size_t n,
	       struct hold **ret)
{
	_cleanup_(hold_freep) struct hold *hold = NULL;
	char text[FUNCTION_NAME_MAX];
	struct tracer *tracer;
	int r;

	r = hold_new(m->holds, client, &hold);
	if (r < 0)
		return r;
	hold->live = true;
	hold->wanted = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(hold->wanted,
				      json_object_new_string(function_name_format(text, functions + i)));
	TAILQ_FOREACH(tracer, &m->tracers.list, link)
		hold->above = tracer->id > hold->above ? tracer->id : hold->above;
	r = save(m->holds);
	if (r >= 0)
		r = watch(hold);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(hold);
	return 0;
}

void hold_settle(struct hold *hold, const uint32_t *ids, size_t n)
{
	struct holds *holds;

	if (!hold)
		return;
	holds = hold->owner;
	hold->live = false;
	json_object_put(TAKE_PTR(hold->wanted));
	hold->ids = n > 0 ? reallocarray(NULL, n, sizeof(*ids)) : NULL;
	if (!hold->ids) {
		if (n > 0)
			lpd_log(LOG_ERR, "No memory to hold the tracers of %s: they stay.", hold->client);
		(void)hold_free(hold);
		save_or_log(holds);
		return;
	}
	memcpy(hold->ids, ids, n * sizeof(*ids));
	hold->n_ids = n;
	save_or_log(holds);
	look_at(hold);
}

/* ----------------------------------------------------- after a restart */

static bool is_wanted(const struct hold *hold, const struct tracer *tracer)
{
	for (size_t i = 0; i < json_object_array_length(hold->wanted); i++) {
		const char *function = json_object_get_string(json_object_array_get_idx(hold->wanted, i));

		if (lpd_streq(function, tracer->function))
			return true;
	}
	return false;
}

/* What came of a request that the restart cut off. */
static int find_wanted(struct hold *hold)
{
	struct tracer *tracer;

	TAILQ_FOREACH(tracer, &hold->owner->manager->tracers.list, link) {
		uint32_t *grown;

		if (tracer->id <= hold->above || !is_wanted(hold, tracer))
			continue;
		grown = reallocarray(hold->ids, hold->n_ids + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		hold->ids = grown;
		grown[hold->n_ids++] = tracer->id;
	}
	json_object_put(TAKE_PTR(hold->wanted));
	hold->left = true;
	return 0;
}

void holds_look(struct manager *m)
{
	struct hold *hold, *next;

	m->holds->known = true;
	for (hold = LIST_FIRST(&m->holds->list); hold; hold = next) {
		next = LIST_NEXT(hold, link);
		if (hold->wanted && !hold->live && find_wanted(hold) < 0)
			lpd_log(LOG_ERR, "No memory to look for tracers of %s: they stay.", hold->client);
		look_at(hold);
	}
}

void holds_down(struct manager *m)
{
	struct hold *hold, *next;

	for (hold = LIST_FIRST(&m->holds->list); hold; hold = next) {
		next = LIST_NEXT(hold, link);
		hold->above = 0;
		if (!hold->live)
			(void)hold_free(hold);
	}
	save_or_log(m->holds);
}

static int resume(struct holds *holds, struct json_object *object)
{
	struct json_object *ids = json_object_object_get(object, "ids");
	const char *client = json_object_get_string(json_object_object_get(object, "client"));
	_cleanup_(hold_freep) struct hold *hold = NULL;
	int r;

	if (!client || !json_object_is_type(ids, json_type_array))
		return -EBADMSG;
	r = hold_new(holds, client, &hold);
	if (r < 0)
		return r;
	hold->n_ids = json_object_array_length(ids);
	hold->ids = calloc(hold->n_ids ?: 1, sizeof(*hold->ids));
	if (!hold->ids)
		return -ENOMEM;
	for (size_t i = 0; i < hold->n_ids; i++)
		hold->ids[i] = (uint32_t)json_object_get_int64(json_object_array_get_idx(ids, i));
	if (json_object_is_type(json_object_object_get(object, "wanted"), json_type_array))
		hold->wanted = json_object_get(json_object_object_get(object, "wanted"));
	hold->above = (uint32_t)json_object_get_int64(json_object_object_get(object, "above"));
	r = watch(hold);
	if (r < 0)
		return r;
	TAKE_PTR(hold);
	return 0;
}

int holds_resume(struct manager *m)
{
	_cleanup_(lpd_json_putp) struct json_object *note = NULL;
	struct json_object *list;
	uint64_t instance;
	char bus[SD_ID128_STRING_MAX];
	bool same_bus;
	int r;

	r = store_read_note(m->store, NOTE, &note);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		lpd_log(LOG_WARNING, "Cannot read whose tracers there are: %s", strerror(-r));
		return r == -ENOMEM ? r : 0;
	}
	list = json_object_object_get(note, "holds");
	instance = json_object_get_uint64(json_object_object_get(note, "helper"));
	if (instance != 0 && instance != helper_instance(m))
		list = NULL;
	name_bus(m, bus);
	same_bus = lpd_streq(json_object_get_string(json_object_object_get(note, "bus")) ?: "", bus);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		r = resume(m->holds, json_object_array_get_idx(list, i));
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			lpd_log(LOG_WARNING, "Cannot tell whose tracers some are: %s", strerror(-r));
		else if (!same_bus)
			client_left(LIST_FIRST(&m->holds->list));
	}
	return save(m->holds);
}

int holds_new(struct manager *m, struct holds **ret)
{
	struct holds *holds = calloc(1, sizeof(*holds));

	if (!holds)
		return -ENOMEM;
	holds->manager = m;
	LIST_INIT(&holds->list);
	*ret = holds;
	return 0;
}

struct holds *holds_free(struct holds *holds)
{
	struct hold *hold;

	while ((hold = LIST_FIRST(&holds->list))) {
		if (holds->manager->tracing)
			tracing_forget(holds->manager, hold);
		(void)hold_free(hold);
	}
	free(holds);
	return NULL;
}
