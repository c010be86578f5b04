// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "engine/store.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "util/log.h"

enum {
	RECORD_SIZE_MAX = 64 * 1024,
	NOTE_SIZE_MAX = 4 * 1024 * 1024,
	IDS_SET_ASIDE = 100,
};

#define SUFFIX ".patch"
#define IDS "ids"

struct store {
	int dir;
	LIST_HEAD(, store_record) records;
	uint64_t next_id;
	uint64_t end_id;
};

static void record_free(struct store_record *record)
{
	free(record->name);
	free(record->file);
	free(record->sha256);
	free(record->change.names);
	free(record->change.message);
	free(record);
}
DEFINE_CLEANUP(struct store_record *, record_free)

struct store *store_free(struct store *store)
{
	struct store_record *record;

	while ((record = LIST_FIRST(&store->records))) {
		LIST_REMOVE(record, link);
		record_free(record);
	}
	if (store->dir >= 0)
		(void)close(store->dir);
	free(store);
	return NULL;
}

/* ---------------------------------------------------------------- reading */

static struct json_object *member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, type) ? value : NULL;
}

static int get_string(struct json_object *object, const char *key, char **ret)
{
	struct json_object *value = member(object, key, json_type_string);

	if (!value)
		return 0;
	*ret = strdup(json_object_get_string(value));
	return *ret ? 0 : -ENOMEM;
}

static uint64_t get_number(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_int);

	return value ? json_object_get_uint64(value) : 0;
}

static bool get_bool(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static int read_change(struct json_object *object, struct store_change *change)
{
	struct json_object *on_timeout = member(object, "on_timeout", json_type_string);
	int r;

	*change = (struct store_change){
		.id = get_number(object, "id"),
		.unload = get_bool(object, "unload"),
		.running = get_bool(object, "running"),
		.acted = get_bool(object, "acted"),
		.reversing = get_bool(object, "reversing"),
		.persist = get_bool(object, "persist"),
		.forcing = get_bool(object, "forcing"),
		.brings_module = get_bool(object, "brings_module"),
		.helper_id = get_number(object, "helper_id"),
		.strategy = (uint32_t)get_number(object, "strategy"),
		.consistency = (uint32_t)get_number(object, "consistency"),
		.queued_at = get_number(object, "queued_at"),
		.started_at = get_number(object, "started_at"),
		.deadline = get_number(object, "deadline"),
		.timeout_usec = get_number(object, "timeout_usec"),
	};
	if (change->id == 0 || !on_timeout)
		return -EBADMSG;
	if (on_timeout_from_name(json_object_get_string(on_timeout), &change->on_timeout) < 0)
		return -EBADMSG;
	r = get_string(object, "names", &change->names);
	if (r < 0)
		return r;
	return get_string(object, "message", &change->message);
}

static int read_record(struct store *store, const char *file)
{
	_cleanup_(record_freep) struct store_record *record = NULL;
	_cleanup_(lpd_json_putp) struct json_object *object = NULL;
	_cleanup_close_ int fd = openat(store->dir, file, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct json_object *change, *replace;
	int r;

	if (fd < 0)
		return -errno;
	r = lpd_read_fd(fd, RECORD_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	object = json_tokener_parse(text);
	if (!object || !json_object_is_type(object, json_type_object))
		return -EBADMSG;

	record = calloc(1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	record->name = strndup(file, strlen(file) - strlen(SUFFIX));
	if (!record->name)
		return -ENOMEM;
	r = get_string(object, "file", &record->file);
	if (r < 0)
		return r;
	r = get_string(object, "sha256", &record->sha256);
	if (r < 0)
		return r;
	replace = member(object, "replace", json_type_string);
	if (replace)
		(void)klp_replace_from_name(json_object_get_string(replace), &record->replace);
	record->helper = get_bool(object, "helper");
	record->requested_by = (uint32_t)get_number(object, "requested_by");
	change = member(object, "change", json_type_object);
	if (change) {
		r = read_change(change, &record->change);
		if (r < 0)
			return r;
		record->has_change = true;
	}

	LIST_INSERT_HEAD(&store->records, record, link);
	record = NULL;
	return 0;
}

static int read_ids(struct store *store)
{
	char line[32];
	int r;

	r = lpd_read_line_at(store->dir, IDS, line, sizeof(line));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	store->next_id = store->end_id = strtoull(line, NULL, 10);
	return 0;
}

static int read_records(struct store *store)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int fd = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}

	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || length <= strlen(SUFFIX) ||
		    !lpd_streq(entry->d_name + length - strlen(SUFFIX), SUFFIX))
			continue;
		r = read_record(store, entry->d_name);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			lpd_log(LOG_WARNING, "Ignoring %s of the store: %s", entry->d_name, strerror(-r));
	}
	return 0;
}

int store_open(const char *path, struct store **ret)
{
	_cleanup_(store_freep) struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	LIST_INIT(&store->records);
	store->dir = -1;
	store->next_id = store->end_id = 1;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	store->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir < 0)
		return -errno;

	r = read_ids(store);
	if (r < 0)
		return r;
	r = read_records(store);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(store);
	return 0;
}

/* ---------------------------------------------------------------- writing */

static void put_string(struct json_object *object, const char *key, const char *value)
{
	if (value)
		json_object_object_add(object, key, json_object_new_string(value));
}

static void put_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static void put_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

static struct json_object *change_to_json(const struct store_change *change)
{
	struct json_object *object = json_object_new_object();

	put_number(object, "id", change->id);
	put_bool(object, "unload", change->unload);
	put_bool(object, "running", change->running);
	put_bool(object, "acted", change->acted);
	put_bool(object, "reversing", change->reversing);
	put_bool(object, "persist", change->persist);
	put_bool(object, "forcing", change->forcing);
	put_string(object, "names", change->names);
	put_bool(object, "brings_module", change->brings_module);
	put_number(object, "helper_id", change->helper_id);
	put_number(object, "strategy", change->strategy);
	put_number(object, "consistency", change->consistency);
	put_string(object, "message", change->message);
	put_number(object, "queued_at", change->queued_at);
	put_number(object, "started_at", change->started_at);
	put_number(object, "deadline", change->deadline);
	put_number(object, "timeout_usec", change->timeout_usec);
	put_string(object, "on_timeout", on_timeout_name(change->on_timeout));
	return object;
}

int store_write(struct store *store, const struct store_record *record)
{
	_cleanup_(lpd_json_putp) struct json_object *object = json_object_new_object();
	char file[NAME_MAX + 1];
	const char *text;

	put_string(object, "file", record->file);
	put_string(object, "sha256", record->sha256);
	put_string(object, "replace", klp_replace_name(record->replace));
	put_bool(object, "helper", record->helper);
	put_number(object, "requested_by", record->requested_by);
	if (record->has_change)
		json_object_object_add(object, "change", change_to_json(&record->change));

	if ((size_t)snprintf(file, sizeof(file), "%s" SUFFIX, record->name) >= sizeof(file))
		return -ENAMETOOLONG;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	return text ? lpd_write_atomic(store->dir, file, text, strlen(text)) : -ENOMEM;
}

void store_remove(struct store *store, struct store_record *record)
{
	char file[NAME_MAX + 1];

	(void)snprintf(file, sizeof(file), "%s" SUFFIX, record->name);
	(void)unlinkat(store->dir, file, 0);
	LIST_REMOVE(record, link);
	record_free(record);
}

int store_next_id(struct store *store, uint64_t *ret)
{
	if (store->next_id == store->end_id) {
		char line[32];
		int r;

		(void)snprintf(line, sizeof(line), "%" PRIu64 "\n", store->end_id + IDS_SET_ASIDE);
		r = lpd_write_atomic(store->dir, IDS, line, strlen(line));
		if (r < 0)
			return r;
		store->end_id += IDS_SET_ASIDE;
	}
	*ret = store->next_id++;
	return 0;
}

int store_write_note(struct store *store, const char *name, struct json_object *note)
{
	const char *text = json_object_to_json_string_ext(note, JSON_C_TO_STRING_PRETTY);

	return text ? lpd_write_atomic(store->dir, name, text, strlen(text)) : -ENOMEM;
}

int store_read_note(struct store *store, const char *name, struct json_object **ret)
{
	_cleanup_close_ int fd = openat(store->dir, name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	int r;

	if (fd < 0)
		return -errno;
	r = lpd_read_fd(fd, NOTE_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	*ret = json_tokener_parse(text);
	return *ret ? 0 : -EBADMSG;
}

void store_remove_note(struct store *store, const char *name)
{
	(void)unlinkat(store->dir, name, 0);
}

/* ---------------------------------------------------------------- records */

struct store_record *store_first(struct store *store)
{
	return LIST_FIRST(&store->records);
}

struct store_record *store_find(struct store *store, const char *name)
{
	struct store_record *record;

	LIST_FOREACH(record, &store->records, link)
		if (lpd_streq(record->name, name))
			return record;
	return NULL;
}

int store_add(struct store *store, const char *name, struct store_record **ret)
{
	struct store_record *record = store_find(store, name);

	if (!record) {
		record = calloc(1, sizeof(*record));
		if (!record)
			return -ENOMEM;
		record->name = strdup(name);
		if (!record->name) {
			free(record);
			return -ENOMEM;
		}
		LIST_INSERT_HEAD(&store->records, record, link);
	}
	*ret = record;
	return 0;
}

int store_set_file(struct store_record *record, const char *file, const char *sha256)
{
	_cleanup_free_ char *f = strdup(file), *s = strdup(sha256);

	if (!f || !s)
		return -ENOMEM;
	if (!record->sha256 || !lpd_streq(record->sha256, sha256))
		record->replace = KLP_REPLACE_UNKNOWN;
	free(record->file);
	free(record->sha256);
	record->file = TAKE_PTR(f);
	record->sha256 = TAKE_PTR(s);
	return 0;
}

void store_clear_change(struct store_record *record)
{
	free(record->change.names);
	free(record->change.message);
	record->change = (struct store_change){ 0 };
	record->has_change = false;
}

int store_recall(struct store *store, struct patches *patches, enum patch_backend_id backend)
{
	struct store_record *record, *next;
	int r;

	for (record = store_first(store); record; record = next) {
		struct patch *patch = patches_find(patches, record->name);

		next = LIST_NEXT(record, link);
		if (record->helper != (backend == PATCH_HELPER))
			continue;
		if (patch && record->file && record->sha256) {
			r = patch_set_file(patches, patch, record->file, record->sha256);
			if (r < 0)
				return r;
			patch_set_replace(patches, patch, record->replace);
		} else if (!patch && !record->has_change) {
			store_remove(store, record);
		}
	}
	return 0;
}
