/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGE_QUEUE_H
#define LIVEPATCHD_CHANGE_QUEUE_H

#include "engine/changes/change-request.h"
#include "engine/changes/job.h"
#include "engine/changes/observer.h"
#include "engine/engine.h"

struct change_queue;

/**
 * struct patch_backend - whoever redirects functions, as loads and unloads see it
 *
 * @userdata: of each is what change_queue_new() was given.
 *
 * @id: which it is
 * @patch: what a patch of it is called, for messages
 * @off: what one is called that is loaded and redirects nothing
 * @held: why the module of such a one cannot be removed
 * @poll_usec: how long it is waited before something is tried again
 * @one_transition: there is but one at a time, whoever began it: others' have their turn like ours
 * @forces: it can end a transition without its guarantee
 *
 * @refresh: know its patches as they are now; NULL: they always are
 * @look: time is over: have change_queue_look() called, now or soon
 * @next_look: when to look again, if nothing else says so; UINT64_MAX: not at all
 * @is_there: a patch of that name needs no load
 * @next: the next step of a running job
 * @act: carry out a step that no child does; NULL: there is none
 * @stepped: a child is through with a step of which the queue does not know what it means
 * @settling: a job is about to settle, may be NULL
 * @too_late: 1: a running job cannot be turned back any more; 0: it can
 * @moves: tasks are moving: to the patch of the running job, or away from it; NULL: it does not tell
 * @check_order: the patches can be stacked like that; 1: they are; NULL: it has no such thing
 */
struct patch_backend {
	enum patch_backend_id id;
	const char *patch;
	const char *off;
	const char *held;
	uint64_t poll_usec;
	bool one_transition;
	bool forces;

	int (*refresh)(void *userdata);
	void (*look)(void *userdata);
	uint64_t (*next_look)(void *userdata);
	bool (*is_there)(const struct patch *patch, const struct klp_status *status);
	int (*next)(void *userdata, struct job *job, enum change_step *ret);
	int (*act)(void *userdata, struct job *job, enum change_step step);
	void (*stepped)(void *userdata, struct job *job, enum change_step step, int r, struct json_object *result,
			struct failure *failure);
	void (*settling)(void *userdata);
	int (*too_late)(void *userdata, const struct job *job);
	bool (*moves)(void *userdata, bool *ret_to_patch);
	int (*check_order)(void *userdata, const char *names, struct failure *failure);
};

/**
 * struct change_queue - the changes of one backend's patches, one at a time
 * @observers: told of each
 * @backend: whose they are
 * @userdata: for @backend
 * @jobs: one of those that were asked for runs, the others wait; those of others are among them
 * @timer: when it is looked at next
 * @acting: a child works for this job; NULL: there is none
 * @step: what it does
 */
struct change_queue {
	struct engine *engine;
	const struct changes_observers *observers;
	const struct patch_backend *backend;
	void *userdata;
	struct jobs jobs;
	sd_event_source *timer;
	struct job *acting;
	enum change_step step;
};

/** change_queue_new - @observers has to live on */
int change_queue_new(struct engine *engine, const struct changes_observers *observers,
		     const struct patch_backend *backend, void *userdata, struct change_queue **ret);

struct change_queue *change_queue_free(struct change_queue *queue);
DEFINE_CLEANUP(struct change_queue *, change_queue_free)

/** change_queue_schedule - look at it in a while */
void change_queue_schedule(struct change_queue *queue, uint64_t usec);

/** change_queue_running - the job whose turn it is, NULL: there is none */
struct job *change_queue_running(const struct change_queue *queue);

/** change_queue_current - likewise, or what others are at */
struct job *change_queue_current(const struct change_queue *queue);

/** change_queue_moves_to - @job moves tasks to the patch, not away from it: the kernel's word, or what is wanted */
bool change_queue_moves_to(const struct change_queue *queue, const struct job *job);

/** change_queue_patch - the backend's patch of that name, NULL: it has none */
struct patch *change_queue_patch(const struct change_queue *queue, const char *name);

/** change_queue_look - all is known as it is now: bring the running job a step further, or the next one to run */
void change_queue_look(struct change_queue *queue);

/** change_queue_add - a change is asked for; @names: as in struct job, copied */
int change_queue_add(struct change_queue *queue, const struct change_request *request, const struct change *change,
		     const char *names, bool brings_module, struct transition **ret);

/**
 * change_queue_join - the change that @job makes is asked for once more
 *
 * What the request says by name holds for the job, too; where both say something
 * and the one is not the other, it is refused.
 */
int change_queue_join(struct change_queue *queue, struct job *job, const struct change_request *request,
		      struct transition **ret, struct failure *failure);

/**
 * change_queue_adopt - follow a change that somebody else began
 * @name: as in struct job, like the next two; @names is copied
 * @helper: NULL: it is none of the helper's
 * @queued_at: since when, 0: now
 */
int change_queue_adopt(struct change_queue *queue, const char *name, const char *names, bool unload,
		       const struct job_helper *helper, uint64_t queued_at, struct job **ret);

/** change_queue_resume - go on with the change that @record has */
int change_queue_resume(struct change_queue *queue, const struct store_record *record);

/** change_queue_save - the store has @job as it is now */
void change_queue_save(struct change_queue *queue, const struct job *job);

/** change_queue_finish - @job settles, and is gone */
void change_queue_finish(struct change_queue *queue, struct job *job, enum transition_state state,
			 const char *message);

/** change_queue_done - it is as @job wanted; what the next boot does may have to follow */
int change_queue_done(struct change_queue *queue, struct job *job);

/** change_queue_undone - it is as it was before @job */
void change_queue_undone(struct change_queue *queue, struct job *job);

#endif
