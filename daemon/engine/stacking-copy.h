/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_STACKING_COPY_H
#define LIVEPATCHD_STACKING_COPY_H

#include "engine/job.h"
#include "service/manager.h"
#include "wire/codec.h"

/*
 * The daemon's copy of the helper's patches and of their transitions. A
 * transition is read before the patches: where it has settled, they are as it
 * left them.
 */

struct stacking_copy;

/**
 * stacking_copy_new - make an empty copy
 * @m: its patches are the copy's
 * @jobs: their helper's transitions are followed, and others' are added to them
 * @copied: told whenever all is as the helper has it; also where there is no helper
 * @userdata: for @copied
 */
int stacking_copy_new(struct manager *m, struct jobs *jobs, void (*copied)(void *userdata), void *userdata,
		      struct stacking_copy **ret);

struct stacking_copy *stacking_copy_free(struct stacking_copy *copy);
DEFINE_CLEANUP(struct stacking_copy *, stacking_copy_free)

/** stacking_copy_read - make it anew; while that is under way: once more after it */
void stacking_copy_read(struct stacking_copy *copy);

/** stacking_copy_clear - there is no helper (any more) */
void stacking_copy_clear(struct stacking_copy *copy);

/**
 * stacking_copy_transition - take over what is told of a transition
 * @copy: the copy
 * @seen: what is told
 * @event: by an event: then the patches may not be as a transition left them that has settled
 */
void stacking_copy_transition(struct stacking_copy *copy, const struct codec_transition *seen, bool event);

/** stacking_copy_is_order - whether the applied patches are stacked like @names */
bool stacking_copy_is_order(struct manager *m, const char *names);

/** stacking_copy_check_order - whether @names are all applied patches, each once; else -EBADE */
int stacking_copy_check_order(struct manager *m, const char *names, struct failure *failure);

#endif
