/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_STACKING_H
#define LIVEPATCHD_STACKING_H

#include "engine/patching.h"

/*
 * The helper's patches: loads and unloads of them and the order in which they
 * are stacked, one at a time, each a job that is driven by what the helper
 * shows, see stack-change.h. Its events say that something has changed, but not
 * how many tasks a transition still waits for: while there is a job, its state
 * is read five times a second as well.
 *
 * Transitions that others asked the helper for are followed: they are jobs that
 * have nothing to do.
 */

int stacking_new(struct manager *m, struct stacking **ret);
struct stacking *stacking_free(struct stacking *stacking);
DEFINE_CLEANUP(struct stacking *, stacking_free)

/** stacking_resume - take up what the store says was under way; once, at start */
int stacking_resume(struct manager *m);

/** stacking_knows - whether @name is a patch of the helper, or on its way to be one */
bool stacking_knows(struct manager *m, const char *name);

/** stacking_pending - patching_pending() of the helper's patches */
struct transition *stacking_pending(struct manager *m, const char *name, bool *ret_unload);

/** stacking_load - patching_load() of a patch of the helper */
int stacking_load(struct manager *m, const struct patching_request *request, struct transition **ret,
		  struct failure *failure);

/** stacking_unload - patching_unload() of a patch that stacking_knows() */
int stacking_unload(struct manager *m, const struct patching_request *request, struct transition **ret,
		    struct failure *failure);

/**
 * stacking_order - ask that the applied patches are stacked anew
 * @m: the manager
 * @names: all of them from bottom to top, separated by spaces
 * @request: how, how long, and who asks
 * @ret: its transition; NULL: they are stacked like that already
 * @failure: why not
 */
int stacking_order(struct manager *m, const char *names, const struct patching_request *request,
		   struct transition **ret, struct failure *failure);

/** stacking_owns - whether a transition that has not settled is of the helper's patches */
bool stacking_owns(struct manager *m, const struct transition *transition);

/** stacking_cancel - patching_cancel() of a transition that stacking_owns() */
int stacking_cancel(struct manager *m, struct transition *transition, struct failure *failure);

/** stacking_current - patching_current() of the helper's patches; @ret_patching is set where there is one */
struct transition *stacking_current(struct manager *m, bool *ret_patching);

/* ------------------------------------------------------- what helper.c tells */

/** stacking_look - something may have changed, or the helper is there now: read its patches */
void stacking_look(struct manager *m);

/** stacking_transition_event - LPH_CMD_TRANSITION_EVENT of a patch's transition */
void stacking_transition_event(struct manager *m, const struct codec_transition *seen);

/** stacking_down - the helper is not there (any more) */
void stacking_down(struct manager *m);

#endif
