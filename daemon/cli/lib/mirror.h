/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_MIRROR_H
#define LIVEPATCHD_CLI_MIRROR_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>

#include "cli/lib/properties.h"

struct cli_mirror;

/**
 * struct cli_mirror_events - who is told of changes of the objects
 * @loaded: the mirror is complete, for the first time or after a restart of livepatchd
 * @changed: an object came, changed, or went (@object is NULL)
 * @gone: livepatchd left the bus; the mirror is empty until it is back
 * @failed: the objects cannot be read; @error is set
 * @userdata: passed to each
 */
struct cli_mirror_events {
	void (*loaded)(void *userdata);
	void (*changed)(enum cli_kind kind, const char *path, json_object *object, void *userdata);
	void (*gone)(void *userdata);
	void (*failed)(const sd_bus_error *error, void *userdata);
	void *userdata;
};

/**
 * cli_mirror_new - a copy of livepatchd's objects, in the shapes of docs/cli.md; empty
 * @bus: the connection
 * @ret: the mirror
 *
 * Return: 0 or a negative errno.
 */
int cli_mirror_new(sd_bus *bus, struct cli_mirror **ret);
struct cli_mirror *cli_mirror_free(struct cli_mirror *m);

static inline void cli_mirror_freep(struct cli_mirror **m)
{
	(void)cli_mirror_free(*m);
}

/**
 * cli_mirror_read - fill the mirror once
 * @m: the mirror
 * @ret_error: what went wrong
 *
 * Return: 0 or a negative errno.
 */
int cli_mirror_read(struct cli_mirror *m, sd_bus_error *ret_error);

/**
 * cli_mirror_watch - hear of changes from now on
 * @m: the mirror
 * @events: who is told; copied
 *
 * To be followed by cli_mirror_fetch(). What a call between the two changes cannot be missed.
 *
 * Return: 0 or a negative errno.
 */
int cli_mirror_watch(struct cli_mirror *m, const struct cli_mirror_events *events);

/**
 * cli_mirror_fetch - fill the mirror without waiting for it; "loaded" tells when it is done
 * @m: the mirror
 *
 * Return: 0 or a negative errno.
 */
int cli_mirror_fetch(struct cli_mirror *m);

/* The manager's properties; empty before the mirror is filled. */
json_object *cli_mirror_manager(struct cli_mirror *m);

/* What the manager says: a new {state, kernel, version, helper, transition}. */
json_object *cli_mirror_status(struct cli_mirror *m);

/* An object by its path, NULL if there is none; the mirror keeps the reference. */
json_object *cli_mirror_find(struct cli_mirror *m, enum cli_kind kind, const char *path);

/* A patch by its name, a tracer or transition by its id, as text; otherwise the same. */
json_object *cli_mirror_find_named(struct cli_mirror *m, enum cli_kind kind, const char *name);

/* A new array of all objects of a kind: patches by backend and order, the others by id. */
json_object *cli_mirror_list(struct cli_mirror *m, enum cli_kind kind);

/* The transition that runs now, NULL: none; the mirror keeps the reference. */
json_object *cli_mirror_current(struct cli_mirror *m);

#endif
