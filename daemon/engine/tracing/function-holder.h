/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FUNCTION_HOLDER_H
#define LIVEPATCHD_FUNCTION_HOLDER_H

#include <sys/queue.h>

#include "engine/engine.h"
#include "wire/codec.h"

/*
 * Who holds a function that the helper was refused is found out in a child, before
 * whoever asked is told.
 */

LIST_HEAD(holder_searches, holder_search);

/**
 * holder_found_t - told who stood in the way
 * @seen: the transition that failed
 * @message: why; the helper's own where nobody else is seen
 */
typedef void (*holder_found_t)(const struct codec_transition *seen, const char *message, void *userdata);

/**
 * holder_search - find out who stood in the way of a transition
 * @searches: those under way
 * @engine: the engine
 * @seen: a transition that failed with EBUSY
 * @found: told later, once, unless holder_searches_clear() comes first; not told again of a transition that is
 *	looked at already
 *
 * Return: 0, negative errno.
 */
int holder_search(struct holder_searches *searches, struct engine *engine, const struct codec_transition *seen,
		  holder_found_t found, void *userdata);

/** holder_searches_clear - nobody is to be told any more */
void holder_searches_clear(struct holder_searches *searches, struct engine *engine);

#endif
