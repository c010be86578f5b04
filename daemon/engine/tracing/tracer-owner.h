/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACER_OWNER_H
#define LIVEPATCHD_TRACER_OWNER_H

#include <systemd/sd-bus.h>

#include "engine/engine.h"
#include "model/function-name.h"

/*
 * Tracers that live as long as a client is on the bus. The store has them, too:
 * a daemon that was killed has a successor that knows whose they are, and
 * removes them if their client has left meanwhile.
 *
 * Who owns them is noted before they are asked for. If a restart comes between,
 * the client has been told that its request came to nothing: the successor
 * removes what came of it all the same.
 */

struct tracer_owner;
struct tracer_owners;
struct tracing;

/** tracer_owners_new - @tracing, and @bus, on which clients are, have to live on */
int tracer_owners_new(struct engine *engine, struct tracing *tracing, sd_bus *bus, struct tracer_owners **ret);
struct tracer_owners *tracer_owners_free(struct tracer_owners *owners);
DEFINE_CLEANUP(struct tracer_owners *, tracer_owners_free)

/** tracer_owners_resume - take up what the store has; once, at start */
int tracer_owners_resume(struct tracer_owners *owners);

/**
 * tracer_owner_begin - tracers on @functions are about to be asked for
 * @owners: all there are
 * @client: its name on the bus
 * @functions: on which they will be
 * @n: how many
 * @ret: to be given to tracer_owner_settle()
 */
int tracer_owner_begin(struct tracer_owners *owners, const char *client, const struct function_name *functions,
		       size_t n, struct tracer_owner **ret);

/**
 * tracer_owner_settle - they are there, or not
 * @owner: may be NULL
 * @ids: the tracers
 * @n: how many; 0: there is nothing to own
 */
void tracer_owner_settle(struct tracer_owner *owner, const uint32_t *ids, size_t n);

#endif
