/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BLAME_H
#define LIVEPATCHD_BLAME_H

#include <sys/queue.h>

#include "service/manager.h"
#include "wire/codec.h"

/*
 * The helper knows that a function is held, but not by whom: that takes a look
 * at the whole kernel, in a child, before whoever asked is told.
 */

LIST_HEAD(blames, blame);

/**
 * blame_done_t - told who stood in the way
 * @seen: the transition that failed
 * @message: why; the helper's own where nobody else is seen
 */
typedef void (*blame_done_t)(const struct codec_transition *seen, const char *message, void *userdata);

/**
 * blame_start - find out who stood in the way of a transition
 * @blames: those under way
 * @m: the manager
 * @seen: a transition that failed with EBUSY
 * @done: told later, once, unless blames_clear() comes first; not told again of a transition that is looked at already
 *
 * Return: 0, negative errno.
 */
int blame_start(struct blames *blames, struct manager *m, const struct codec_transition *seen, blame_done_t done,
		void *userdata);

/** blames_clear - nobody is to be told any more */
void blames_clear(struct blames *blames, struct manager *m);

#endif
