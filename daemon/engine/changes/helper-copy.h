/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_COPY_H
#define LIVEPATCHD_HELPER_COPY_H

#include "engine/changes/change-queue.h"
#include "wire/codec.h"

/*
 * The daemon's copy of the helper's patches and of their transitions. A
 * transition is read before the patches: where it has settled, they are as it
 * left them.
 */

struct helper;
struct helper_copy;

/**
 * helper_copy_new - make an empty copy
 * @queue: its jobs' transitions are followed, and others' are added to them
 * @helper: whom to ask
 * @copied: told whenever all is as the helper has it; also where there is no helper
 * @userdata: for @copied
 */
int helper_copy_new(struct change_queue *queue, struct helper *helper, void (*copied)(void *userdata), void *userdata,
		    struct helper_copy **ret);

struct helper_copy *helper_copy_free(struct helper_copy *copy);
DEFINE_CLEANUP(struct helper_copy *, helper_copy_free)

/** helper_copy_read - make it anew; while that is under way: once more after it */
void helper_copy_read(struct helper_copy *copy);

/** helper_copy_clear - there is no helper (any more) */
void helper_copy_clear(struct helper_copy *copy);

/**
 * helper_copy_transition - take over what is told of a transition
 * @copy: the copy
 * @seen: what is told
 * @event: by an event: then the patches may not be as a transition left them that has settled
 */
void helper_copy_transition(struct helper_copy *copy, const struct codec_transition *seen, bool event);

/** helper_copy_is_order - whether the applied patches are stacked like @names */
bool helper_copy_is_order(const struct patches *patches, const char *names);

/** helper_copy_check_order - whether @names are all applied patches, each once; else -EBADE */
int helper_copy_check_order(const struct patches *patches, const char *names, struct failure *failure);

#endif
