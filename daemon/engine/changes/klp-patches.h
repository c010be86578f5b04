/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_PATCHES_H
#define LIVEPATCHD_KLP_PATCHES_H

#include "bpf/transition.h"
#include "engine/changes/change-queue.h"

struct transition_watch;

/*
 * The kernel's own livepatches: the kernel has but one transition, and sysfs shows
 * what becomes of it. That is looked at when there is news of transitions, and
 * where there is none ten times a second while a job runs, and hardly ever else.
 */

struct klp_patches;

/** klp_patches_new - @watch, which tells whether there is news, and @observers have to live on */
int klp_patches_new(struct engine *engine, const struct changes_observers *observers,
		    const struct transition_watch *watch, struct klp_patches **ret);

struct klp_patches *klp_patches_free(struct klp_patches *klp);
DEFINE_CLEANUP(struct klp_patches *, klp_patches_free)

/** klp_patches_queue - their changes */
struct change_queue *klp_patches_queue(struct klp_patches *klp);

/** klp_patches_refresh - read them anew */
int klp_patches_refresh(struct klp_patches *klp);

/** klp_patches_news - there is news of the kernel's transition */
void klp_patches_news(struct klp_patches *klp, enum transition_news what);

/** klp_patches_module_event - a module has come or gone: look, now and for a while */
void klp_patches_module_event(struct klp_patches *klp);

#endif
