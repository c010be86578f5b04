// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/changes/batch.h"
#include "engine/changes/history.h"
#include "util/json-util.h"
#include "util/log.h"
#include "util/time-util.h"

#define NOTE "load-all"

/**
 * struct batch - the load of all
 * @transition: what the bus sees of it, NULL: none is under way
 * @note: what the store has of it:
 *	id, queued_at, uid
 *	members: what inspect_set() told of each, and its step: "asked", "loaded",
 *		"undoing", "gone" or "stuck", none before it was asked for
 *	before: {name, file, sha256} of what was loaded before, and whether its
 *		reload was asked
 *	message: why it is undone; reversed: not by a failure
 * @again: looks where everything is, when whoever made it change is through
 */
struct batch {
	struct engine *engine;
	struct changes *changes;
	struct transition *transition;
	struct json_object *note;
	sd_event_source *again;
};

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static void put(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static bool is_at(struct json_object *member, const char *step)
{
	return lpd_streq(get(member, "step"), step);
}

static bool undoing(const struct batch *b)
{
	return *get(b->note, "message");
}

static struct json_object *list(const struct batch *b, const char *key)
{
	return json_object_object_get(b->note, key);
}

static void save(struct batch *b)
{
	int r = store_write_note(b->engine->store, NOTE, b->note);

	if (r < 0)
		lpd_log_about(LOG_ERR, NULL, b->transition->id, "Cannot store what becomes of the load of all: %s",
			      strerror(-r));
}

static void step(struct batch *b, struct json_object *member, const char *next)
{
	put(member, "step", next);
	save(b);
}

/* What goes wrong while it is undone comes after why it is. */
static void say(struct batch *b, const char *format, ...) _printf_(2, 3);

static void say(struct batch *b, const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *all = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text || asprintf(&all, "%s%s%s", get(b->note, "message"), undoing(b) ? " " : "", text) < 0)
		all = NULL;
	put(b->note, "message", all ?: "Out of memory.");
	save(b);
	transition_say(b->transition, get(b->note, "message"));
}

static void look_again(struct batch *b)
{
	(void)sd_event_source_set_enabled(b->again, SD_EVENT_ONESHOT);
}

static void finish(struct batch *b, enum transition_state state)
{
	struct transition *transition = TAKE_PTR(b->transition);
	uint32_t uid = (uint32_t)json_object_get_int64(list(b, "uid"));
	uint64_t now = lpd_now_realtime();

	history_add(b->engine->history, transition, state, NULL, now, uid);
	store_remove_note(b->engine->store, NOTE);
	(void)json_object_put(TAKE_PTR(b->note));
	transition_finish(transition, state, NULL, now);
	history_settled(b->engine->history, transition, uid);
}

/* --------------------------------------------------------- where a patch is */

static bool is_patched(struct batch *b, const char *name)
{
	const struct patch *patch = patches_find(&b->engine->patches, name);

	return patch && patch->state == PATCH_PATCHED;
}

/* 0: it settled or fails at once; 1: it is under way. */
static int ask_load(struct batch *b, struct json_object *what, struct failure *failure)
{
	struct change_request request;
	struct transition *transition;
	int r;

	change_request_from_inspection(&b->engine->setup.config, what, &request);
	request.uid = (uint32_t)json_object_get_int64(list(b, "uid"));
	r = changes_load(b->changes, &request, &transition, failure);
	return r < 0 ? r : transition != NULL;
}

static const char *reason(int r, const struct failure *failure)
{
	return failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r);
}

/* ----------------------------------------------------------------- loading */

/* Whether the member still has to settle. */
static bool load_member(struct batch *b, struct json_object *member)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const char *name = get(member, "name");
	bool unload;
	int r;

	if (is_at(member, "loaded"))
		return false;
	if (changes_pending(b->changes, name, &unload) && !unload)
		return true;
	if (is_patched(b, name)) {
		step(b, member, "loaded");
		return false;
	}
	if (is_at(member, "asked")) {
		say(b, "%s could not be loaded.", name);
		return false;
	}
	/* Noted first: whoever comes after a kill asks whether it is under way. */
	step(b, member, "asked");
	r = ask_load(b, member, &failure);
	if (r < 0)
		say(b, "%s could not be loaded: %s", name, reason(r, &failure));
	return r > 0;
}

static void load(struct batch *b)
{
	struct json_object *members = list(b, "members");
	size_t n = json_object_array_length(members), left = 0;

	for (size_t i = 0; i < n && !undoing(b); i++)
		left += load_member(b, json_object_array_get_idx(members, i));
	if (undoing(b))
		return;
	transition_set_tasks(b->transition, (uint32_t)n, (uint32_t)left);
	if (left == 0)
		finish(b, TRANSITION_DONE);
}

/* ----------------------------------------------------------------- undoing */

static void ask_unload(struct batch *b, struct json_object *member)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const struct change_request request = {
		.name = get(member, "name"),
		.timeout_usec = b->engine->setup.config.timeout_usec,
		.on_timeout = b->engine->setup.config.on_timeout,
		.uid = (uint32_t)json_object_get_int64(list(b, "uid")),
	};
	struct transition *transition;
	int r;

	step(b, member, "undoing");
	r = changes_unload(b->changes, &request, &transition, &failure);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot unload %s: %s", request.name, reason(r, &failure));
}

/* Whether the member still has to settle. */
static bool undo_member(struct batch *b, struct json_object *member)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const char *name = get(member, "name");
	struct transition *transition;
	bool unload;

	if (!*get(member, "step") || is_at(member, "gone") || is_at(member, "stuck"))
		return false;
	transition = changes_pending(b->changes, name, &unload);
	if (transition) {
		/* It may be about to settle, or be turned back already: either way we hear of it. */
		if (!unload)
			(void)changes_cancel(b->changes, transition, &failure);
		return changes_pending(b->changes, name, &unload);
	}
	if (!is_patched(b, name)) {
		step(b, member, "gone");
		return false;
	}
	if (!is_at(member, "undoing")) {
		ask_unload(b, member);
		return true;
	}
	step(b, member, "stuck");
	say(b, "%s could not be unloaded again.", name);
	return false;
}

/* Whether what was loaded before, and replaced, still has to settle. */
static bool restore(struct batch *b, struct json_object *before)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const char *name = get(before, "name");
	bool unload;
	int r;

	if (is_at(before, "stuck"))
		return false;
	if (changes_pending(b->changes, name, &unload))
		return true;
	if (is_patched(b, name))
		return false;
	r = -ENOENT;
	if (*get(before, "file") && !is_at(before, "asked")) {
		step(b, before, "asked");
		r = ask_load(b, before, &failure);
		if (r > 0)
			return true;
	}
	step(b, before, "stuck");
	say(b, "%s, which was loaded before, could not be loaded again.", name);
	return false;
}

static void undo(struct batch *b)
{
	struct json_object *members = list(b, "members"), *before = list(b, "before");
	size_t left = 0;

	for (size_t i = json_object_array_length(members); i-- > 0;)
		left += undo_member(b, json_object_array_get_idx(members, i));
	/* In their order, each above the last. */
	for (size_t i = 0; left == 0 && i < json_object_array_length(before); i++)
		left += restore(b, json_object_array_get_idx(before, i));
	if (left == 0)
		finish(b, json_object_get_boolean(list(b, "reversed")) ? TRANSITION_REVERSED : TRANSITION_FAILED);
}

static int on_again(sd_event_source *source, void *userdata)
{
	struct batch *b = userdata;

	(void)source;
	if (b->transition && !undoing(b))
		load(b);
	if (b->transition && undoing(b))
		undo(b);
	return 0;
}

static bool is_member(const struct batch *b, const char *name)
{
	struct json_object *members = list(b, "members");

	for (size_t i = 0; i < json_object_array_length(members); i++)
		if (lpd_streq(get(json_object_array_get_idx(members, i), "name"), name))
			return true;
	return false;
}

static void on_settled(const struct settlement *settlement, void *userdata)
{
	const struct transition *transition = settlement->transition;
	struct batch *b = userdata;

	if (!b->transition)
		return;
	look_again(b);
	if (undoing(b) || transition->kind != TRANSITION_LOAD || transition->state == TRANSITION_DONE ||
	    !is_member(b, transition->subject))
		return;
	/* Told like the member's own: whoever waits sees that it was its time that was over. */
	if (transition->state == TRANSITION_REVERSED) {
		json_object_object_add(b->note, "reversed", json_object_new_boolean(true));
		transition_set_deadline(b->transition, transition->deadline);
	}
	say(b, "%s could not be loaded: %s", transition->subject, transition->message ?: "it failed.");
}

/* ---------------------------------------------------------------- requests */

static struct json_object *what_is_loaded(const struct patches *patches)
{
	struct json_object *before = json_object_new_array();
	struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link) {
		struct json_object *object;

		if (patch->state != PATCH_PATCHED)
			continue;
		object = json_object_new_object();
		put(object, "name", patch->name);
		put(object, "file", patch->file ?: "");
		put(object, "sha256", patch->sha256 ?: "");
		json_object_array_add(before, object);
	}
	return before;
}

static struct json_object *what_to_load(struct json_object *inspection)
{
	struct json_object *patches = json_object_object_get(inspection, "patches"), *members = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(patches); i++) {
		struct json_object *patch = json_object_array_get_idx(patches, i);

		if (lpd_streq(get(patch, "action"), "load"))
			json_object_array_add(members, json_object_get(patch));
		else if (lpd_streq(get(patch, "action"), "held"))
			lpd_log_about(LOG_WARNING, get(patch, "name"), 0, "%s is not loaded: %s.", get(patch, "name"),
				      get(patch, "note"));
	}
	return members;
}

static int begin(struct batch *b)
{
	struct engine *engine = b->engine;
	int r;

	r = transition_new(&engine->transitions, json_object_get_uint64(list(b, "id")), TRANSITION_LOAD_ALL,
			   engine->uts.release, "", "", json_object_get_uint64(list(b, "queued_at")), &b->transition);
	if (r < 0) {
		(void)json_object_put(TAKE_PTR(b->note));
		return r;
	}
	transition_start(b->transition, b->transition->queued_at);
	if (undoing(b))
		transition_say(b->transition, get(b->note, "message"));
	look_again(b);
	return 0;
}

int batch_load(struct batch *b, struct json_object *inspection, uint32_t uid, struct transition **ret,
	       struct failure *failure)
{
	_cleanup_(lpd_json_putp) struct json_object *note = json_object_new_object(), *members = NULL;
	uint64_t id;
	int r;

	if (b->engine->setup.off)
		return failure_set(failure, FAILURE_REFUSED_PATCH,
				   "livepatchd=off on the kernel command line keeps every patch from being loaded; "
				   "boot without it.");
	if (b->transition) {
		*ret = b->transition;
		return 0;
	}
	members = what_to_load(inspection);
	if (json_object_array_length(members) == 0) {
		*ret = NULL;
		return 0;
	}
	r = changes_refresh(b->changes);
	if (r < 0)
		return r;
	r = store_next_id(b->engine->store, &id);
	if (r < 0)
		return r;
	json_object_object_add(note, "id", json_object_new_uint64(id));
	json_object_object_add(note, "queued_at", json_object_new_uint64(lpd_now_realtime()));
	json_object_object_add(note, "uid", json_object_new_int64(uid));
	json_object_object_add(note, "members", TAKE_PTR(members));
	json_object_object_add(note, "before", what_is_loaded(&b->engine->patches));
	r = store_write_note(b->engine->store, NOTE, note);
	if (r < 0)
		return r;
	b->note = TAKE_PTR(note);
	r = begin(b);
	if (r < 0)
		return r;
	*ret = b->transition;
	return 0;
}

int batch_cancel(struct batch *b, struct transition *transition, struct failure *failure)
{
	if (b->transition != transition || undoing(b))
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL, "Transition %ju is %s already.",
				   (uintmax_t)transition->id,
				   b->transition == transition ? "being undone" :
								 transition_state_name(transition->state));
	json_object_object_add(b->note, "reversed", json_object_new_boolean(true));
	say(b, "It was cancelled.");
	look_again(b);
	return 0;
}

int batch_resume(struct batch *b)
{
	int r;

	r = store_read_note(b->engine->store, NOTE, &b->note);
	if (r == -ENOENT)
		return 0;
	if (r >= 0 && list(b, "id") && json_object_is_type(list(b, "members"), json_type_array) &&
	    json_object_is_type(list(b, "before"), json_type_array)) {
		history_take_back(b->engine->history, json_object_get_uint64(list(b, "id")));
		return begin(b);
	}
	lpd_log(LOG_WARNING, "Ignoring what the store has of a load of all: %s",
		r < 0 ? strerror(-r) : "it makes no sense");
	(void)json_object_put(TAKE_PTR(b->note));
	store_remove_note(b->engine->store, NOTE);
	return r == -ENOMEM ? r : 0;
}

static const struct changes_observer observer = { .settled = on_settled };

int batch_new(struct engine *engine, struct changes *changes, struct batch **ret)
{
	_cleanup_(batch_freep) struct batch *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->engine = engine;
	b->changes = changes;
	r = sd_event_add_defer(engine->event, &b->again, on_again, b);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(b->again, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = changes_subscribe(changes, &observer, b);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(b);
	return 0;
}

struct batch *batch_free(struct batch *b)
{
	sd_event_source_disable_unref(b->again);
	(void)json_object_put(b->note);
	free(b);
	return NULL;
}
