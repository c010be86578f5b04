/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HOLDS_H
#define LIVEPATCHD_HOLDS_H

#include "model/function-name.h"
#include "service/manager.h"

/*
 * Tracers that live as long as a client is on the bus. The store has them, too:
 * a daemon that was killed has a successor that knows whose they are, and
 * removes them if their client has left meanwhile.
 *
 * A hold begins before its tracers are asked for. If a restart comes between,
 * the client has been told that its request came to nothing: the successor
 * removes what came of it all the same.
 */

struct hold;

int holds_new(struct manager *m, struct holds **ret);
struct holds *holds_free(struct holds *holds);
DEFINE_CLEANUP(struct holds *, holds_free)

/** holds_resume - take up what the store has; once, at start */
int holds_resume(struct manager *m);

/** holds_look - the tracers are known as the helper has them */
void holds_look(struct manager *m);

/** holds_down - the helper has gone, and all tracers with it */
void holds_down(struct manager *m);

/**
 * hold_begin - tracers on @functions are about to be asked for
 * @m: the manager
 * @client: its name on the bus
 * @functions: on which they will be
 * @n: how many
 * @ret: to be given to hold_settle()
 */
int hold_begin(struct manager *m, const char *client, const struct function_name *functions, size_t n,
	       struct hold **ret);

/**
 * hold_settle - they are there, or not
 * @hold: may be NULL
 * @ids: the tracers
 * @n: how many; 0: there is nothing to hold
 */
void hold_settle(struct hold *hold, const uint32_t *ids, size_t n);

#endif
