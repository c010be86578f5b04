/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_H
#define LIVEPATCHD_PATCH_H

#include <sys/queue.h>

#include "model/klp-patch.h"

/**
 * enum patch_state - what a patch does
 * @PATCH_LOADED: its module is in, nothing is redirected yet
 * @PATCH_PATCHING: tasks move to it
 * @PATCH_PATCHED: all tasks run it
 * @PATCH_UNPATCHING: tasks move away from it
 * @PATCH_DISABLED: no task runs it; its module is still in
 */
enum patch_state {
	PATCH_LOADED,
	PATCH_PATCHING,
	PATCH_PATCHED,
	PATCH_UNPATCHING,
	PATCH_DISABLED,
	_PATCH_STATE_MAX,
};

/**
 * enum patch_backend_id - who redirects the functions
 * @PATCH_KLP: the kernel's own livepatch
 * @PATCH_HELPER: the helper
 */
enum patch_backend_id {
	PATCH_KLP,
	PATCH_HELPER,
	_PATCH_BACKEND_MAX,
};

/* What has changed of a patch. */
enum {
	PATCH_STATE_CHANGED = 1 << 0,
	PATCH_ORDER_CHANGED = 1 << 1,
	PATCH_FILE_CHANGED = 1 << 2,		/* file and checksum */
	PATCH_FUNCTIONS_CHANGED = 1 << 3,
	PATCH_REPLACE_CHANGED = 1 << 4,
};

/**
 * struct patch - a patch that is in the kernel
 * @name: its module's; owned
 * @backend: who redirects
 * @state: what it does
 * @order: among those of its backend, from 1; the highest that is patched wins. 0: it has no place yet
 * @file: where it came from; owned, NULL: not known
 * @sha256: of that file; owned, NULL: not known
 * @functions: what it replaces; owned
 * @replace: whether it replaced those before it
 * @dropped: it was patched and is disabled now, without anybody having asked for that
 */
struct patch {
	TAILQ_ENTRY(patch) link;
	char *name;
	enum patch_backend_id backend;
	enum patch_state state;
	unsigned int order;
	char *file;
	char *sha256;
	struct klp_function *functions;
	size_t n_functions;
	enum klp_replace replace;
	bool dropped;
};

struct patch_observer {
	void (*added)(struct patch *patch, void *userdata);
	void (*changed)(struct patch *patch, unsigned int what, void *userdata);
	void (*removed)(struct patch *patch, void *userdata);
};

/**
 * struct patch_seen - a patch as its backend shows it
 * @name: its module's
 * @state: what it does
 * @order: as in struct patch
 * @replace: as in struct patch, as far as its backend tells
 * @functions: taken over; NULL: its backend shows them no more, none of them is patched
 */
struct patch_seen {
	const char *name;
	enum patch_state state;
	unsigned int order;
	enum klp_replace replace;
	struct klp_function *functions;
	size_t n_functions;
};

/**
 * struct patches - all there are, those of each backend in their order
 */
struct patches {
	TAILQ_HEAD(patch_list, patch) list;
	const struct patch_observer *observer;
	void *userdata;
};

void patches_init(struct patches *patches, const struct patch_observer *observer, void *userdata);

/** patches_clear - free all, without telling the observer */
void patches_clear(struct patches *patches);

struct patch *patches_find(const struct patches *patches, const char *name);

/**
 * patches_update - follow a backend
 * @patches: those of @backend are added, changed and removed until they are as it says
 * @backend: the backend
 * @seen: all it has, in their order
 * @n: how many
 */
int patches_update(struct patches *patches, enum patch_backend_id backend, struct patch_seen *seen, size_t n);

/** patches_update_klp - patches_update() with what the kernel says; the functions in @snapshot are taken over */
int patches_update_klp(struct patches *patches, struct klp_snapshot *snapshot);

/** patches_forget_dropped - those of @backend that are disabled now are no news any more */
void patches_forget_dropped(struct patches *patches, enum patch_backend_id backend);

/** patch_set_file - tell where a patch came from */
int patch_set_file(struct patches *patches, struct patch *patch, const char *file, const char *sha256);

/** patch_set_replace - tell whether it replaced those before it, where that is not known yet */
void patch_set_replace(struct patches *patches, struct patch *patch, enum klp_replace replace);

/** patch_state_from_status - what a patch does, as the kernel shows it */
enum patch_state patch_state_from_status(const struct klp_status *status);

/** patches_has_helper - whether @name is a patch of the helper that is applied, or becomes so */
bool patches_has_helper(const struct patches *patches, const char *name);

const char *patch_state_name(enum patch_state state);
const char *patch_backend_name(enum patch_backend_id backend);

#endif
