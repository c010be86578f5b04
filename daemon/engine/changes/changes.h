/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGES_H
#define LIVEPATCHD_CHANGES_H

#include "engine/changes/change-queue.h"

/*
 * Loads and unloads of patches, and the order of those that can be stacked anew:
 * each is a job in the queue of its backend, which runs them one at a time.
 */

struct changes;

int changes_new(struct engine *engine, struct changes **ret);
struct changes *changes_free(struct changes *changes);
DEFINE_CLEANUP(struct changes *, changes_free)

/** changes_observers - whom queues have to tell */
const struct changes_observers *changes_observers(const struct changes *changes);

/** changes_subscribe - from now on @observer is told, after those that were added before */
int changes_subscribe(struct changes *changes, const struct changes_observer *observer, void *userdata);

/** changes_add_backend - there is another one, whose queue lives until changes_free() */
void changes_add_backend(struct changes *changes, struct change_queue *queue);

/** changes_resume - take up what the store says was under way; once, at start */
int changes_resume(struct changes *changes);

/** changes_refresh - know the patches as they are now */
int changes_refresh(struct changes *changes);

/**
 * changes_load - ask for a load
 * @changes: all there are
 * @request: what
 * @ret: its transition, or that of the same load under way; NULL: it is so already
 * @failure: why not
 */
int changes_load(struct changes *changes, const struct change_request *request, struct transition **ret,
		 struct failure *failure);

/** changes_unload - ask for an unload; @ret is never NULL */
int changes_unload(struct changes *changes, const struct change_request *request, struct transition **ret,
		   struct failure *failure);

/**
 * changes_order - ask that the applied patches of a backend are stacked anew
 * @changes: all there are
 * @names: all of them from bottom to top, separated by spaces
 * @request: whose they are, how, how long, and who asks
 * @ret: its transition; NULL: they are stacked like that already
 * @failure: why not
 */
int changes_order(struct changes *changes, const char *names, const struct change_request *request,
		  struct transition **ret, struct failure *failure);

/** changes_cancel - cancel what is queued, turn back what runs */
int changes_cancel(struct changes *changes, struct transition *transition, struct failure *failure);

/**
 * changes_force - end a running transition without its guarantee of consistency
 * @changes: all there are
 * @transition: of a patch
 * @reason: why, for the journal and the history
 * @uid: who says so
 * @failure: why not
 */
int changes_force(struct changes *changes, struct transition *transition, const char *reason, uint32_t uid,
		  struct failure *failure);

/** changes_backend_of - whose the loaded patch @name is, or is about to be */
enum patch_backend_id changes_backend_of(struct changes *changes, const char *name);

/**
 * changes_pending - the load or unload of a patch that was asked for and has not settled
 * @changes: all there are
 * @name: the patch's
 * @ret_unload: which of the two
 *
 * Return: its transition, NULL: there is none.
 */
struct transition *changes_pending(struct changes *changes, const char *name, bool *ret_unload);

/**
 * changes_current - what a backend is at
 * @changes: all there are
 * @backend: which backend
 * @ret_to_patch: it moves tasks to the patch, not away from it; set where there is one
 *
 * Return: its transition, NULL: there is none.
 */
struct transition *changes_current(struct changes *changes, enum patch_backend_id backend, bool *ret_to_patch);

/** changes_moves_tasks - tasks are moving to or from the patch of changes_current(), as far as @backend tells that */
bool changes_moves_tasks(struct changes *changes, enum patch_backend_id backend);

#endif
