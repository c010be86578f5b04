/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BATCH_H
#define LIVEPATCHD_BATCH_H

#include "model/failure.h"
#include "service/manager.h"

/*
 * The load of all installed patches, as one: either all are loaded, or the
 * kernel has what it had before. Its steps are loads and unloads like any
 * other; what it does next follows from where its patches are, so that a
 * daemon that was killed goes on.
 */

struct batch;

int batch_new(struct manager *m, struct batch **ret);
struct batch *batch_free(struct batch *batch);
DEFINE_CLEANUP(struct batch *, batch_free)

/** batch_resume - take up what the store says was under way; once, at start */
int batch_resume(struct manager *m);

/**
 * batch_load - ask for the load of all that an inspection says is to be loaded
 * @m: the manager
 * @inspection: what inspect_set() found
 * @uid: who asks
 * @ret: its transition, or that of the one under way; NULL: all are loaded
 * @failure: why not
 */
int batch_load(struct manager *m, struct json_object *inspection, uint32_t uid, struct transition **ret,
	       struct failure *failure);

/** batch_look - a load or unload has settled */
void batch_look(struct batch *batch, const struct transition *transition);

/** batch_cancel - turn it back */
int batch_cancel(struct manager *m, struct transition *transition, struct failure *failure);

#endif
