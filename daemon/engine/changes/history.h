/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HISTORY_H
#define LIVEPATCHD_HISTORY_H

#include <json-c/json.h>

#include "engine/changes/observer.h"
#include "engine/store.h"
#include "model/failure.h"
#include "model/transition.h"
#include "worker/operation.h"

/*
 * What was done to the kernel's livepatches, by whom, and what came of it: a
 * line of JSON each in STATE/history. It outlives the boot, so it is on a disk,
 * and written by children. Until it is there it is in the store, too: whatever
 * settles, and whoever is killed when, there is one line of it.
 *
 * A change is settled in this order, so that a daemon that is killed has a
 * successor that tells the same:
 *
 * 1. history_add(): how it ended is in the store.
 * 2. The store forgets the change. A daemon that is killed before goes on with
 *    the change, and takes back what it said of it: history_take_back().
 * 3. transition_finish(): all are told.
 * 4. history_settled(): the journal is told, and a child writes the line.
 */

struct history;

/**
 * history_new - begin with what the store has that is not written
 * @operations: of the manager, like @store; both have to live on
 * @store: where it waits
 * @state: folder of what outlives the boot; has to live on
 */
int history_new(struct operations *operations, struct store *store, const char *state, struct history **ret);

/** history_free - write what is not written yet, and wait for it */
struct history *history_free(struct history *history);
DEFINE_CLEANUP(struct history *, history_free)

/** history_take_back - transition @id, which the store says has settled, goes on; before history_resume() */
void history_take_back(struct history *history, uint64_t id);

/** history_resume - write what the last daemon has not; once, at start */
void history_resume(struct history *history);

/**
 * history_add - remember that a transition is about to settle
 * @history: the history
 * @transition: of a livepatch
 * @state: as for transition_finish(), like the next two
 * @message: why, NULL: what was said before
 * @at: when
 * @uid: who asked for it, UINT32_MAX: somebody who went past livepatchd
 */
void history_add(struct history *history, const struct transition *transition, enum transition_state state,
		 const char *message, uint64_t at, uint32_t uid);

/** history_settled - tell the journal of a transition that history_add() knows, and have it written */
void history_settled(struct history *history, const struct transition *transition, uint32_t uid);

/** history_observer - has changes remembered as they settle; its userdata is the history */
extern const struct changes_observer history_observer;

/**
 * history_append - write entries, which is what children do
 * @state: as for history_new()
 * @entries: an array; those that are there already, by their boot and id, are left out
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
