// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <systemd/sd-id128.h>

#include "engine/changes/history.h"
#include "messages.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "util/log.h"
#include "util/time-util.h"

#define FILE_NAME "history"
#define NOTE "history"
#define WRITE_USEC (60 * USEC_PER_SEC)

enum {
	/* Beyond this the older half goes. */
	SIZE_MAX_KEPT = 512 * 1024,
	/* Whatever is longer was not written here. */
	SIZE_MAX_READ = 4 * SIZE_MAX_KEPT,
	/* While the disk is full. */
	WAITING_MAX = 1000,
};

/**
 * struct history - what is not written yet
 * @waiting: an array
 * @n_writing: how many of them, the first ones, a child writes; 0: there is none
 */
struct history {
	struct operations *operations;
	struct store *store;
	const char *state;
	struct json_object *waiting;
	size_t n_writing;
};

/* ----------------------------------------------------------------- the file */

/* The folder, held against other children. */
static int open_folder(const char *state, int *ret)
{
	_cleanup_close_ int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	while (flock(dir, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	*ret = TAKE_FD(dir);
	return 0;
}

static int read_text(int dir, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = openat(dir, FILE_NAME, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return lpd_read_fd(fd, SIZE_MAX_READ, ret, ret_size);
	if (errno != ENOENT)
		return -errno;
	*ret = strdup("");
	*ret_size = 0;
	return *ret ? 0 : -ENOMEM;
}

/* Takes the older half away where there is too much. */
static int trim(int dir)
{
	_cleanup_free_ char *text = NULL;
	const char *from;
	size_t size;
	int r;

	r = read_text(dir, &text, &size);
	/* Something that is no history of ours is in its place. */
	if (r == -EFBIG)
		return unlinkat(dir, FILE_NAME, 0) < 0 ? -errno : 0;
	if (r < 0 || size <= SIZE_MAX_KEPT)
		return r;
	from = memchr(text + size / 2, '\n', size - size / 2);
	if (!from)
		return unlinkat(dir, FILE_NAME, 0) < 0 ? -errno : 0;
	from++;
	return lpd_write_atomic(dir, FILE_NAME, from, size - (size_t)(from - text));
}

/* The same transition, where the entry tells which one. */
static bool is_same(struct json_object *a, struct json_object *b)
{
	struct json_object *id = json_object_object_get(a, "id"), *other = json_object_object_get(b, "id");

	return id && other && json_object_get_uint64(id) == json_object_get_uint64(other) &&
	       lpd_streq(json_object_get_string(json_object_object_get(a, "boot")) ?: "",
			 json_object_get_string(json_object_object_get(b, "boot")) ?: "");
}

static bool has(struct json_object *entries, struct json_object *entry)
{
	for (size_t i = json_object_array_length(entries); i-- > 0;)
		if (is_same(json_object_array_get_idx(entries, i), entry))
			return true;
	return false;
}

static int write_lines(int fd, struct json_object *entries, struct json_object *written)
{
	FILE *file = fdopen(fd, "a");
	int r = 0;

	if (!file) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *entry = json_object_array_get_idx(entries, i);

		if (!has(written, entry) &&
		    fprintf(file, "%s\n", json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN)) < 0)
			r = -EIO;
	}
	if (fflush(file) != 0 || fsync(fileno(file)) < 0)
		r = -errno;
	if (fclose(file) != 0 && r >= 0)
		r = -errno;
	return r;
}

static struct json_object *parse_lines(char *text)
{
	struct json_object *entries = json_object_new_array();
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct json_object *entry = json_tokener_parse(line);

		if (json_object_is_type(entry, json_type_object))
			json_object_array_add(entries, entry);
		else
			(void)json_object_put(entry);
	}
	return entries;
}

int history_append(const char *state, struct json_object *entries)
{
	_cleanup_(lpd_json_putp) struct json_object *written = NULL;
	_cleanup_close_ int dir = -1;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int fd, r;

	r = open_folder(state, &dir);
	if (r < 0)
		return r;
	r = trim(dir);
	if (r < 0)
		return r;
	r = read_text(dir, &text, &size);
	if (r < 0)
		return r;
	fd = openat(dir, FILE_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	/* A line that was cut off must not spoil the one after it. */
	if (size > 0 && text[size - 1] != '\n' && write(fd, "\n", 1) != 1) {
		(void)close(fd);
		return -EIO;
	}
	/* A child of a daemon that was killed may have written some of them. */
	written = parse_lines(text);
	return write_lines(fd, entries, written);
}

int history_read(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct history_request *request = argument;
	_cleanup_(lpd_json_putp) struct json_object *all = NULL;
	struct json_object *entries = json_object_new_array();
	_cleanup_close_ int dir = open(request->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t size, n;
	int r = 0;

	json_object_object_add(result, "entries", entries);
	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		r = -errno;
	if (r >= 0)
		r = read_text(dir, &text, &size);
	if (r < 0)
		return failure_set(failure, FAILURE_FAILED, "Cannot read %s/" FILE_NAME ": %s.", request->state,
				   strerror(-r));
	all = parse_lines(text);
	n = json_object_array_length(all);
	for (size_t i = n > request->limit ? n - request->limit : 0; i < n; i++)
		json_object_array_add(entries, json_object_get(json_object_array_get_idx(all, i)));
	return 0;
}

/* --------------------------------------------------------------- the daemon */

struct append_request {
	const char *state;
	struct json_object *entries;
};

static int append(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct append_request *request = argument;

	(void)result, (void)failure;
	return history_append(request->state, request->entries);
}

/* What waits is in the store. */
static void save(struct history *history)
{
	int r = 0;

	if (json_object_array_length(history->waiting) > 0)
		r = store_write_note(history->store, NOTE, history->waiting);
	else
		store_remove_note(history->store, NOTE);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot store what is not in the history yet: %s", strerror(-r));
}

static void write_waiting(struct history *history);

static void on_written(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct history *history = userdata;
	size_t n = TAKE(history->n_writing, 0);

	(void)result, (void)failure;
	if (r >= 0) {
		(void)json_object_array_del_idx(history->waiting, 0, n);
		save(history);
	} else {
		lpd_log(LOG_WARNING, "Cannot write the history in %s: %s", history->state, strerror(-r));
	}
	/* A child that was killed says nothing of what the next one meets; with a disk that is full the next that
	 * settles tries again. */
	if ((r >= 0 || r == -EPROTO) && json_object_array_length(history->waiting) > 0)
		write_waiting(history);
}

static void write_waiting(struct history *history)
{
	const struct append_request request = { history->state, history->waiting };
	int r;

	r = operation_start(history->operations, "write the history", WRITE_USEC, append, &request, on_written,
			    history);
	/* The next that settles tries again. */
	if (r == -EAGAIN)
		return;
	if (r < 0) {
		lpd_log(LOG_WARNING, "Cannot write the history: %s", strerror(-r));
		return;
	}
	history->n_writing = json_object_array_length(history->waiting);
}

static void put_string(struct json_object *entry, const char *key, const char *value)
{
	json_object_object_add(entry, key, json_object_new_string(value));
}

static void put_number(struct json_object *entry, const char *key, uint64_t value)
{
	json_object_object_add(entry, key, json_object_new_uint64(value));
}

static struct json_object *make_entry(const struct transition *transition, enum transition_state state,
				      const char *message, uint64_t at, uint32_t uid)
{
	struct json_object *entry = json_object_new_object();
	char boot_text[SD_ID128_STRING_MAX] = "";
	sd_id128_t boot;

	if (!message)
		message = transition->message ?: "";
	if (sd_id128_get_boot(&boot) >= 0)
		(void)sd_id128_to_string(boot, boot_text);
	put_string(entry, "boot", boot_text);
	put_number(entry, "id", transition->id);
	put_string(entry, "kind", transition_kind_name(transition->kind));
	put_string(entry, "subject", transition->subject);
	put_string(entry, "state", transition_state_name(state));
	put_string(entry, "message", message);
	if (uid != UINT32_MAX)
		put_number(entry, "uid", uid);
	put_number(entry, "queued_at", transition->queued_at);
	put_number(entry, "started_at", transition->started_at);
	put_number(entry, "finished_at", at);
	put_number(entry, "longest_stop", transition->longest_stop);
	return entry;
}

static const char *message_id(const struct transition *transition)
{
	switch (transition->state) {
	case TRANSITION_DONE:
		if (transition->kind == TRANSITION_ORDER)
			return MESSAGE_ORDERED;
		return transition->kind == TRANSITION_UNLOAD ? MESSAGE_UNLOADED : MESSAGE_LOADED;
	case TRANSITION_REVERSED:
		return MESSAGE_REVERSED;
	case TRANSITION_CANCELLED:
		return MESSAGE_CANCELLED;
	default:
		return MESSAGE_FAILED;
	}
}

void history_add(struct history *history, const struct transition *transition, enum transition_state state,
		 const char *message, uint64_t at, uint32_t uid)
{
	json_object_array_add(history->waiting, make_entry(transition, state, message, at, uid));
	if (json_object_array_length(history->waiting) > WAITING_MAX && history->n_writing == 0)
		(void)json_object_array_del_idx(history->waiting, 0, 1);
	save(history);
}

void history_settled(struct history *history, const struct transition *transition, uint32_t uid)
{
	const char *why = transition->message;

	lpd_log_event(transition->state == TRANSITION_FAILED ? LOG_ERR : LOG_INFO, message_id(transition),
		      transition->subject, transition->id, uid, "The %s of %s is %s%s%s",
		      transition_kind_name(transition->kind), transition->subject,
		      transition_state_name(transition->state), why ? ": " : ".", why ?: "");
	if (history->n_writing == 0)
		write_waiting(history);
}

static void on_settling(const struct settlement *settlement, void *userdata)
{
	history_add(userdata, settlement->transition, settlement->state, settlement->message, settlement->at,
		    settlement->uid);
}

static void on_settled(const struct settlement *settlement, void *userdata)
{
	history_settled(userdata, settlement->transition, settlement->uid);
}

const struct changes_observer history_observer = {
	.settling = on_settling,
	.settled = on_settled,
};

void history_take_back(struct history *history, uint64_t id)
{
	for (size_t i = json_object_array_length(history->waiting); i-- > 0;) {
		struct json_object *entry = json_object_array_get_idx(history->waiting, i);

		if (json_object_get_uint64(json_object_object_get(entry, "id")) == id)
			(void)json_object_array_del_idx(history->waiting, i, 1);
	}
}

void history_resume(struct history *history)
{
	if (json_object_array_length(history->waiting) > 0)
		write_waiting(history);
}

int history_new(struct operations *operations, struct store *store, const char *state, struct history **ret)
{
	struct history *history = calloc(1, sizeof(*history));
	int r;

	if (!history)
		return -ENOMEM;
	*history = (struct history){
		.operations = operations,
		.store = store,
		.state = state,
	};
	r = store_read_note(store, NOTE, &history->waiting);
	if (r < 0 || !json_object_is_type(history->waiting, json_type_array)) {
		if (r != -ENOENT)
			lpd_log(LOG_WARNING, "Ignoring what the store has of the history: %s",
				r < 0 ? strerror(-r) : "it makes no sense");
		(void)json_object_put(history->waiting);
		history->waiting = json_object_new_array();
	}
	*ret = history;
	return 0;
}

struct history *history_free(struct history *history)
{
	int r;

	/* A child would not outlive the service. */
	if (json_object_array_length(history->waiting) > 0) {
		r = history_append(history->state, history->waiting);
		if (r >= 0)
			store_remove_note(history->store, NOTE);
		else
			lpd_log(LOG_WARNING, "Cannot write the history in %s: %s", history->state, strerror(-r));
	}
	operations_forget(history->operations, history);
	(void)json_object_put(history->waiting);
	free(history);
	return NULL;
}
