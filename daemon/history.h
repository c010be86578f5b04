/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HISTORY_H
#define LIVEPATCHD_HISTORY_H

#include <json-c/json.h>

#include "failure.h"
#include "operation.h"
#include "transition.h"

/*
 * What was done to the kernel's livepatches, by whom, and what came of it: a
 * line of JSON each in STATE/history. It outlives the boot, so it is on a disk,
 * and written by children.
 */

struct history;

/** history_new - @state: folder of what outlives the boot; has to live on */
int history_new(struct operations *operations, const char *state, struct history **ret);

/** history_free - write what is not written yet, and wait for it */
struct history *history_free(struct history *history);
DEFINE_CLEANUP(struct history *, history_free)

/**
 * history_settled - tell the journal, and remember, that a transition has settled
 * @history: the history
 * @transition: of a livepatch
 * @uid: who asked for it, UINT32_MAX: somebody who went past livepatchd
 */
void history_settled(struct history *history, const struct transition *transition, uint32_t uid);

/**
 * history_append - write entries, which is what children do
 * @state: as for history_new()
 * @entries: an array
 *
 * The older half goes when there are too many.
 */
int history_append(const char *state, struct json_object *entries);

/**
 * struct history_request - what of it is to be read
 * @state: as for history_new()
 * @limit: that many, the latest ones
 */
struct history_request {
	const char *state;
	uint32_t limit;
};

/** history_read - an operation_work_t. Result: entries, an array, the oldest first */
int history_read(const void *request, struct json_object *result, struct failure *failure);

#endif
