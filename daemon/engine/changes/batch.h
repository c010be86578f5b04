/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BATCH_H
#define LIVEPATCHD_BATCH_H

#include "engine/changes/changes.h"

/*
 * The load of all installed patches, as one: either all are loaded, or the
 * kernel has what it had before. Its steps are loads and unloads like any
 * other; what it does next follows from where its patches are, so that a
 * daemon that was killed goes on.
 */

struct batch;

/** batch_new - @changes has to live on */
int batch_new(struct engine *engine, struct changes *changes, struct batch **ret);
struct batch *batch_free(struct batch *batch);
DEFINE_CLEANUP(struct batch *, batch_free)

/** batch_resume - take up what the store says was under way; once, at start */
int batch_resume(struct batch *batch);

/**
 * batch_load - ask for the load of all that an inspection says is to be loaded
 * @batch: the load of all
 * @inspection: what inspect_set() found
 * @uid: who asks
 * @ret: its transition, or that of the one under way; NULL: all are loaded
 * @failure: why not
 */
int batch_load(struct batch *batch, struct json_object *inspection, uint32_t uid, struct transition **ret,
	       struct failure *failure);

/** batch_cancel - turn it back */
int batch_cancel(struct batch *batch, struct transition *transition, struct failure *failure);

#endif
