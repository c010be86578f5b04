/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCHING_H
#define LIVEPATCHD_PATCHING_H

#include "engine/transition-watch.h"
#include "model/failure.h"
#include "service/manager.h"
#include "wire/codec.h"

/*
 * Loads and unloads of kernel livepatches, one at a time: the kernel has but
 * one transition. Each is a job that is driven by what sysfs shows, see
 * change.h. That is looked at when there is news of transitions, and where there
 * is none ten times a second while a job runs, and hardly ever else.
 */

/**
 * struct patching_request - what is asked for, of a livepatch or of a patch of the helper
 * @name: the patch's, normalized
 * @backend: whose it is; only for loads, as the next four
 * @file: where it is
 * @sha256: of it
 * @build_id: of it, "" if it has none
 * @srcversion: of it, "" if it has none
 * @requires: patches that have to be loaded before; may be NULL, as the next two
 * @conflicts: patches that must not be loaded
 * @required_by: only for unloads: patches that must not be loaded either
 * @how: the helper's transition; only for its patches
 * @timeout_usec: 0: none
 * @on_timeout: what then
 * @persist: have it loaded at the next boot, too, or no more
 * @installed: only for unloads: it is to be loaded at the next boot
 * @uid: who asks
 */
struct patching_request {
	const char *name;
	enum patch_backend backend;
	const char *file;
	const char *sha256;
	const char *build_id;
	const char *srcversion;
	struct json_object *requires;
	struct json_object *conflicts;
	struct json_object *required_by;
	struct codec_change how;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	bool persist;
	bool installed;
	uint32_t uid;
};

/**
 * patching_request_from_inspection - what an inspection found, as a request
 * @config: for what it does not tell
 * @inspection: of one patch, see inspect.h; has to outlive @ret
 */
void patching_request_from_inspection(const struct config *config, struct json_object *inspection,
				  struct patching_request *ret);

int patching_new(struct manager *m, struct patching **ret);
struct patching *patching_free(struct patching *patching);
DEFINE_CLEANUP(struct patching *, patching_free)

/** patching_resume - take up what the store says was under way; once, at start */
int patching_resume(struct manager *m);

/** patching_reconcile - read the kernel's livepatches anew */
int patching_reconcile(struct manager *m);

/** patching_recall - tell the patches of @backend what the store knows of them, and forget what is gone */
int patching_recall(struct manager *m, enum patch_backend backend);

/** patching_news - there is news of the kernel's transition */
void patching_news(struct manager *m, enum transition_news what);

/** patching_module_event - a module has come or gone: look, now and for a while */
void patching_module_event(struct manager *m);

/**
 * patching_load - ask for a load
 * @m: the manager
 * @request: what
 * @ret: its transition, or that of the same load under way; NULL: it is so already
 * @failure: why not
 */
int patching_load(struct manager *m, const struct patching_request *request, struct transition **ret,
		  struct failure *failure);

/** patching_unload - ask for an unload; @ret is never NULL */
int patching_unload(struct manager *m, const struct patching_request *request, struct transition **ret,
		    struct failure *failure);

/** patching_cancel - cancel a queued load or unload, turn a running one back */
int patching_cancel(struct manager *m, struct transition *transition, struct failure *failure);

/** patching_moves_tasks - the kernel is moving tasks to or from the patch of patching_current() */
bool patching_moves_tasks(struct manager *m);

/**
 * patching_pending - the load or unload of a patch that was asked for and has not settled
 * @m: the manager
 * @name: the patch's
 * @ret_unload: which of the two
 *
 * Return: its transition, NULL: there is none.
 */
struct transition *patching_pending(struct manager *m, const char *name, bool *ret_unload);

/**
 * patching_force - end a running transition without the kernel's guarantee of consistency
 * @m: the manager
 * @transition: of a livepatch
 * @reason: why, for the journal and the history
 * @uid: who says so
 * @failure: why not
 */
int patching_force(struct manager *m, struct transition *transition, const char *reason, uint32_t uid,
		   struct failure *failure);

/**
 * patching_current - the job that is running
 * @m: the manager
 * @ret_patching: it moves tasks to the patch, not away from it
 *
 * Return: its transition, NULL: there is none.
 */
struct transition *patching_current(struct manager *m, bool *ret_patching);

#endif
