/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELPER_PATCHES_H
#define LIVEPATCHD_HELPER_PATCHES_H

#include "engine/changes/change-queue.h"

struct helper;

/*
 * The helper's patches: what the helper shows drives their jobs. Its events say
 * that something has changed, but not how many tasks a transition still waits for:
 * while there is a job, its state is read five times a second as well.
 *
 * Transitions that others asked the helper for are followed: they are jobs that
 * have nothing to do.
 */

struct helper_patches;

/** helper_patches_new - @helper and @observers have to live on */
int helper_patches_new(struct engine *engine, const struct changes_observers *observers, struct helper *helper,
		       struct helper_patches **ret);

struct helper_patches *helper_patches_free(struct helper_patches *patches);
DEFINE_CLEANUP(struct helper_patches *, helper_patches_free)

/** helper_patches_queue - their changes */
struct change_queue *helper_patches_queue(struct helper_patches *patches);

#endif
