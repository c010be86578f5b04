/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_STORE_H
#define LIVEPATCHD_STORE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "model/config.h"
#include "model/patch.h"
#include "util/util.h"

/*
 * What a daemon that was killed has to know again and the kernel cannot tell:
 * where a patch came from, and which change of it was asked for. One file a
 * patch, each replaced as a whole. All of it speaks of the running kernel, so
 * it lives in /run: no boot finds notes of another one, and no disk makes the
 * daemon wait.
 */

/* The record of the stacking of the helper's patches, which is no patch's: no module has such a name. */
#define STORE_ORDER "@order"

/**
 * struct store_change - a change of a patch that has not settled
 * @id: of its transition
 * @unload: which way
 * @names: the helper's patches are to be stacked anew, like this; owned, else NULL
 * @brings_module: as in struct job_helper, like the next three
 * @running: its turn had come
 * @acted: as in struct change
 * @reversing: as in struct change
 * @persist: as in struct job
 * @forcing: likewise
 * @message: why it is reversed or forced; owned, NULL: it is not
 */
struct store_change {
	uint64_t id;
	bool unload;
	bool running;
	bool acted;
	bool reversing;
	bool persist;
	bool forcing;
	char *names;
	bool brings_module;
	uint64_t helper_id;
	uint32_t strategy;
	uint32_t consistency;
	char *message;
	uint64_t queued_at;
	uint64_t started_at;
	uint64_t deadline;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
};

/**
 * struct store_record - what is known of one patch
 * @name: its module's; owned
 * @file: where it was loaded from; owned, NULL: livepatchd did not load it
 * @sha256: of that file; owned, likewise
 * @replace: whether it replaced the patches before it
 * @helper: it is the helper's
 * @requested_by: user id of the one who asked for what is under way, or was last
 * @has_change: @change is under way
 */
struct store_record {
	LIST_ENTRY(store_record) link;
	char *name;
	char *file;
	char *sha256;
	enum klp_replace replace;
	bool helper;
	uint32_t requested_by;
	bool has_change;
	struct store_change change;
};

struct store;

/**
 * store_open - open the store and read all of it
 * @path: its folder, made if it is not there
 *
 * A file that makes no sense is logged and left out.
 */
int store_open(const char *path, struct store **ret);

struct store *store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free)

/** store_first - the first record, for LIST_NEXT() */
struct store_record *store_first(struct store *store);

struct store_record *store_find(struct store *store, const char *name);

/** store_add - the record of @name, a new one if there is none; nothing is written yet */
int store_add(struct store *store, const char *name, struct store_record **ret);

/** store_write - make a record last */
int store_write(struct store *store, const struct store_record *record);

/** store_remove - forget a record */
void store_remove(struct store *store, struct store_record *record);

/**
 * store_write_note - keep something else than a patch's record
 * @name: its name, not that of a record's file
 */
int store_write_note(struct store *store, const char *name, struct json_object *note);

/** store_read_note - read a note again; -ENOENT: there is none */
int store_read_note(struct store *store, const char *name, struct json_object **ret);

void store_remove_note(struct store *store, const char *name);

/** store_recall - tell the patches of @backend what is known of them, and forget those that are gone */
int store_recall(struct store *store, struct patches *patches, enum patch_backend_id backend);

/** store_set_file - set where a patch was loaded from; of another file nothing else is known */
int store_set_file(struct store_record *record, const char *file, const char *sha256);

/** store_clear_change - there is none any more */
void store_clear_change(struct store_record *record);

/**
 * store_next_id - a number for a transition that none has had since boot
 *
 * Numbers are set aside by the hundred, so that most cost no write.
 */
int store_next_id(struct store *store, uint64_t *ret);

#endif
