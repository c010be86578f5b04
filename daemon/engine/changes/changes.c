// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/changes/changes.h"
#include "engine/changes/dependencies.h"
#include "messages.h"
#include "util/log.h"

/**
 * struct changes - all there are
 * @queues: of the backends, by their number
 */
struct changes {
	struct engine *engine;
	struct changes_observers observers;
	struct change_queue *queues[_PATCH_BACKEND_MAX];
};

int changes_new(struct engine *engine, struct changes **ret)
{
	struct changes *changes = calloc(1, sizeof(*changes));

	if (!changes)
		return -ENOMEM;
	changes->engine = engine;
	STAILQ_INIT(&changes->observers);
	*ret = changes;
	return 0;
}

struct changes *changes_free(struct changes *changes)
{
	changes_observers_clear(&changes->observers);
	free(changes);
	return NULL;
}

const struct changes_observers *changes_observers(const struct changes *changes)
{
	return &changes->observers;
}

int changes_subscribe(struct changes *changes, const struct changes_observer *observer, void *userdata)
{
	return changes_observers_add(&changes->observers, observer, userdata);
}

void changes_add_backend(struct changes *changes, struct change_queue *queue)
{
	changes->queues[queue->backend->id] = queue;
}

/* The queue of what is under way under that name, or else of the loaded patch; by default the first one. */
static struct change_queue *queue_of(struct changes *changes, const char *name)
{
	const struct patch *patch = patches_find(&changes->engine->patches, name);

	for (int i = 0; i < _PATCH_BACKEND_MAX; i++)
		if (jobs_find(&changes->queues[i]->jobs, name, false))
			return changes->queues[i];
	return changes->queues[patch ? patch->backend : PATCH_KLP];
}

enum patch_backend_id changes_backend_of(struct changes *changes, const char *name)
{
	return queue_of(changes, name)->backend->id;
}

static int refresh(struct change_queue *queue)
{
	return queue->backend->refresh ? queue->backend->refresh(queue->userdata) : 0;
}

int changes_refresh(struct changes *changes)
{
	int r = 0;

	for (int i = 0; r >= 0 && i < _PATCH_BACKEND_MAX; i++)
		r = refresh(changes->queues[i]);
	return r;
}

int changes_resume(struct changes *changes)
{
	struct store *store = changes->engine->store;
	struct store_record *record, *next;
	int r;

	for (record = store_first(store); record; record = next) {
		next = LIST_NEXT(record, link);
		if (!record->has_change)
			continue;
		r = change_queue_resume(changes->queues[record->helper ? PATCH_HELPER : PATCH_KLP], record);
		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			lpd_log_about(LOG_WARNING, record->name, 0, "Cannot go on with the change of %s: %s",
				      record->name, strerror(-r));
			store_clear_change(record);
		}
	}
	return changes_refresh(changes);
}

/* ---------------------------------------------------------- loads and unloads */

static bool is_wanted(const char *name, void *userdata)
{
	struct changes *changes = userdata;
	const struct patch *patch = patches_find(&changes->engine->patches, name);
	bool unload;

	if (changes_pending(changes, name, &unload))
		return !unload;
	return patch && (patch->state == PATCH_PATCHED || patch->state == PATCH_PATCHING);
}

/* The patch is there: 1 if it is or is becoming what a load would make of it, with its transition or NULL. */
static int check_loaded(struct change_queue *queue, const struct change_request *request, const struct patch *patch,
			struct transition **ret, struct failure *failure)
{
	const struct job *other = jobs_find(&queue->jobs, request->name, true);
	int r;

	r = dependencies_check_same(queue->engine, request, failure);
	if (r < 0)
		return r;
	if (other && other->change.unload)
		return job_in_the_way(other, failure);
	if (request->persist || (!other && patch && patch->state == PATCH_LOADED))
		return 0;
	/* What somebody else began nobody will find again after a kill, nor what was asked of it. */
	if (other && (request->names_timeout || request->names_on_timeout))
		return failure_set(failure, FAILURE_CONFLICT,
				   "Somebody else began the load of %s (transition %ju), which has no timeout: ask "
				   "without one, wait for it or cancel it.",
				   request->name, (uintmax_t)other->transition->id);
	*ret = other ? other->transition : NULL;
	return 1;
}

int changes_load(struct changes *changes, const struct change_request *request, struct transition **ret,
		 struct failure *failure)
{
	struct change_queue *queue = changes->queues[request->backend];
	struct job *job = jobs_find(&queue->jobs, request->name, false);
	const struct change change = { 0 };
	const struct patch *patch;
	struct klp_status status;
	int r;

	if (job) {
		if (job->change.unload || job->change.reversing || !lpd_streq(job->sha256, request->sha256))
			return job_in_the_way(job, failure);
		return change_queue_join(queue, job, request, ret, failure);
	}
	r = refresh(queue);
	if (r < 0)
		return r;
	r = klp_read_status(&changes->engine->setup.root, request->name, &status);
	if (r < 0)
		return r;
	patch = change_queue_patch(queue, request->name);
	if (queue->backend->is_there(patch, &status)) {
		r = check_loaded(queue, request, patch, ret, failure);
		if (r != 0)
			return r < 0 ? r : 0;
	} else if (status.module != KLP_MODULE_ABSENT && !patch) {
		return failure_set(failure, FAILURE_CONFLICT, "A module %s that is no %s is loaded; remove it first.",
				   request->name, queue->backend->patch);
	}
	r = dependencies_check_load(changes->engine, request, is_wanted, changes, failure);
	if (r < 0)
		return r;
	return change_queue_add(queue, request, &change, NULL, status.module == KLP_MODULE_ABSENT, ret);
}

int changes_unload(struct changes *changes, const struct change_request *request, struct transition **ret,
		   struct failure *failure)
{
	struct change_queue *queue = queue_of(changes, request->name);
	struct job *job = jobs_find(&queue->jobs, request->name, false);
	const struct change change = { .unload = true };
	int r;

	if (job) {
		if (!job->change.unload || job->change.reversing)
			return job_in_the_way(job, failure);
		return change_queue_join(queue, job, request, ret, failure);
	}
	r = refresh(queue);
	if (r < 0)
		return r;
	if (!change_queue_patch(queue, request->name) && !(request->persist && request->installed))
		return failure_set(failure, FAILURE_NO_SUCH_PATCH, "No patch %s is loaded%s.", request->name,
				   request->persist ? " or installed" : "");
	r = dependencies_check_unload(request, is_wanted, changes, failure);
	if (r < 0)
		return r;
	return change_queue_add(queue, request, &change, NULL, false, ret);
}

int changes_order(struct changes *changes, const char *names, const struct change_request *request,
		  struct transition **ret, struct failure *failure)
{
	struct change_queue *queue = changes->queues[request->backend];
	const struct job *job = TAILQ_FIRST(&queue->jobs);
	const struct change change = { 0 };
	int r;

	/* What is applied when its turn comes has to be known. */
	if (job)
		return job_in_the_way(job, failure);
	r = queue->backend->check_order(queue->userdata, names, failure);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret = NULL;
		return 0;
	}
	return change_queue_add(queue, request, &change, names, false, ret);
}

/* -------------------------------------------------------------- what runs */

static struct job *job_of(struct changes *changes, const struct transition *transition)
{
	struct job *job;

	for (int i = 0; i < _PATCH_BACKEND_MAX; i++)
		TAILQ_FOREACH(job, &changes->queues[i]->jobs, link)
			if (job->transition == transition)
				return job;
	return NULL;
}

struct transition *changes_pending(struct changes *changes, const char *name, bool *ret_unload)
{
	for (int i = 0; i < _PATCH_BACKEND_MAX; i++) {
		const struct job *job = jobs_find(&changes->queues[i]->jobs, name, false);

		if (!job)
			continue;
		*ret_unload = job->change.unload;
		return job->transition;
	}
	return NULL;
}

struct transition *changes_current(struct changes *changes, enum patch_backend_id backend, bool *ret_to_patch)
{
	const struct change_queue *queue = changes->queues[backend];
	const struct job *job = change_queue_current(queue);

	if (!job)
		return NULL;
	*ret_to_patch = change_queue_moves_to(queue, job);
	return job->transition;
}

bool changes_moves_tasks(struct changes *changes, enum patch_backend_id backend)
{
	const struct change_queue *queue = changes->queues[backend];
	bool to_patch;

	return queue->backend->moves && queue->backend->moves(queue->userdata, &to_patch);
}

int changes_force(struct changes *changes, struct transition *transition, const char *reason, uint32_t uid,
		  struct failure *failure)
{
	struct job *job = job_of(changes, transition);
	_cleanup_free_ char *message = NULL;

	if (job && !job->queue->backend->forces)
		return failure_set(failure, FAILURE_NOTHING_TO_FORCE,
				   "Transition %ju is of livepatch_helper, which forces none; wait for it or cancel it.",
				   (uintmax_t)transition->id);
	if (!job || job != change_queue_running(job->queue) ||
	    !changes_moves_tasks(changes, job->queue->backend->id))
		return failure_set(failure, FAILURE_NOTHING_TO_FORCE,
				   "Transition %ju waits for no task, so there is nothing to force.",
				   (uintmax_t)transition->id);
	if (asprintf(&message, "It was forced by user %u with %u tasks left: %s", uid, transition->tasks_remaining,
		     reason) < 0) {
		message = NULL;
		return -ENOMEM;
	}
	lpd_log_event(LOG_WARNING, MESSAGE_FORCED, job->name, transition->id, uid, "The %s of %s: %s",
		      transition_kind_name(transition->kind), job->name, message);
	job->forcing = true;
	transition_say(transition, message);
	change_queue_save(job->queue, job);
	change_queue_schedule(job->queue, 0);
	return 0;
}

int changes_cancel(struct changes *changes, struct transition *transition, struct failure *failure)
{
	struct job *job = job_of(changes, transition);
	int r;

	if (!job || job->change.reversing)
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL, "Transition %ju is %s already.",
				   (uintmax_t)transition->id,
				   job ? "being turned back" : transition_state_name(transition->state));
	if (!job->change.foreign && !job_running(job)) {
		change_queue_finish(job->queue, job, TRANSITION_CANCELLED,
				    "It was cancelled before its turn came.");
		return 0;
	}
	r = job->queue->backend->too_late(job->queue->userdata, job);
	if (r < 0)
		return r;
	if (r > 0)
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL,
				   "The tasks have moved already: transition %ju is about to settle.",
				   (uintmax_t)transition->id);
	transition_start(transition, 0);
	job_reverse(job, "It was cancelled.");
	change_queue_save(job->queue, job);
	change_queue_schedule(job->queue, 0);
	return 0;
}
