// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/changes/klp-patches.h"
#include "engine/transition-watch.h"
#include "kernel/task-count.h"
#include "model/klp-change.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/force-record.h"

/* While a job is there of which there is no news, or after a module came or went. */
#define POLL_USEC (100 * USEC_PER_MSEC)
/* While there are patches: somebody may write to sysfs. */
#define IDLE_POLL_USEC (2 * USEC_PER_SEC)
/* After news, for what was not to be seen at once: tasks are counted now and then. */
#define NEWS_USEC (500 * USEC_PER_MSEC)
/* A module's init runs after the kernel announces it. */
#define MODULE_USEC (3 * USEC_PER_SEC)

/**
 * struct klp_patches - what is seen of them
 * @watch: whether there is news of transitions
 * @count: of the tasks that the running job waits for
 * @module_until: CLOCK_MONOTONIC, until then sysfs is looked at often
 * @news_until: likewise, after news
 * @looked: CLOCK_MONOTONIC, when all of it was read last
 * @seen: what the kernel showed of the running job last
 */
struct klp_patches {
	struct engine *engine;
	struct change_queue *queue;
	const struct transition_watch *watch;
	struct task_count *count;
	uint64_t module_until;
	uint64_t news_until;
	uint64_t looked;
	struct klp_status seen;
};

static bool moves(void *userdata, bool *ret_to_patch)
{
	const struct klp_patches *klp = userdata;

	*ret_to_patch = klp->seen.enabled;
	return klp->seen.registered && klp->seen.transition;
}

/* ------------------------------------------------------------------ looking */

/* Follows a transition that somebody else began. */
static int adopt_any(struct klp_patches *klp)
{
	struct patch *patch;
	struct job *job;
	int r;

	if (change_queue_running(klp->queue))
		return 0;
	TAILQ_FOREACH(patch, &klp->engine->patches.list, link) {
		if (patch->backend != PATCH_KLP ||
		    (patch->state != PATCH_PATCHING && patch->state != PATCH_UNPATCHING))
			continue;
		r = change_queue_adopt(klp->queue, patch->name, NULL, patch->state == PATCH_UNPATCHING, NULL, 0, &job);
		if (r < 0)
			return r;
		job_start(job);
		change_queue_schedule(klp->queue, 0);
		return 0;
	}
	return 0;
}

int klp_patches_refresh(struct klp_patches *klp)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	struct engine *engine = klp->engine;
	int r;

	klp->looked = lpd_now_monotonic();
	r = klp_read_snapshot(&engine->setup.root, &snapshot);
	if (r < 0)
		return r;
	r = patches_update_klp(&engine->patches, &snapshot);
	if (r < 0)
		return r;
	r = store_recall(engine->store, &engine->patches, PATCH_KLP);
	return r < 0 ? r : adopt_any(klp);
}

static int refresh(void *userdata)
{
	return klp_patches_refresh(userdata);
}

static bool refresh_or_log(struct klp_patches *klp)
{
	int r = klp_patches_refresh(klp);

	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot read the livepatches: %s", strerror(-r));
	return r >= 0;
}

static void look(void *userdata)
{
	struct klp_patches *klp = userdata;

	if (klp->queue->acting)
		return;
	if ((change_queue_running(klp->queue) && lpd_now_monotonic() < klp->looked + IDLE_POLL_USEC) ||
	    refresh_or_log(klp))
		change_queue_look(klp->queue);
}

static uint64_t next_look(void *userdata)
{
	struct klp_patches *klp = userdata;
	const struct job *job = TAILQ_FIRST(&klp->queue->jobs);
	uint64_t now = lpd_now_monotonic(), until = IDLE_POLL_USEC;
	bool told = transition_watch_is_on(klp->watch), to_patch;

	if (now < klp->module_until || now < klp->news_until)
		return POLL_USEC;
	if (!job)
		return told || TAILQ_EMPTY(&klp->engine->patches.list) ? UINT64_MAX : IDLE_POLL_USEC;
	/* Nothing else is to be done while the kernel moves tasks. */
	if (!told || !change_queue_running(klp->queue) || klp->queue->acting || !moves(klp, &to_patch))
		return POLL_USEC;
	if (job->deadline)
		until = job->deadline > now ? job->deadline - now : 0;
	return until < IDLE_POLL_USEC ? until : IDLE_POLL_USEC;
}

static void on_counted(uint32_t total, uint32_t remaining, void *userdata)
{
	const struct klp_patches *klp = userdata;
	struct job *job = change_queue_running(klp->queue);

	if (job)
		transition_set_tasks(job->transition, total, remaining);
}

void klp_patches_news(struct klp_patches *klp, enum transition_news what)
{
	klp->news_until = lpd_now_monotonic() + NEWS_USEC;
	/* Somebody else may be at it. */
	if (what != TRANSITION_NEWS_SWITCHED)
		klp->looked = 0;
	change_queue_schedule(klp->queue, 0);
}

void klp_patches_module_event(struct klp_patches *klp)
{
	klp->module_until = lpd_now_monotonic() + MODULE_USEC;
	klp->looked = 0;
	change_queue_schedule(klp->queue, 0);
}

/* ------------------------------------------------------------------ driving */

/* What the kernel shows of the running job. */
static int see(struct klp_patches *klp, const struct job *job)
{
	struct klp_status seen;
	bool changed;
	int r;

	r = klp_read_status(&klp->engine->setup.root, job->name, &seen);
	if (r < 0)
		return r;
	changed = seen.module != klp->seen.module || seen.registered != klp->seen.registered ||
		  seen.enabled != klp->seen.enabled || seen.transition != klp->seen.transition;
	klp->seen = seen;
	if (changed) {
		r = klp_patches_refresh(klp);
		if (r < 0)
			return r;
	}
	if (seen.registered && seen.transition)
		task_count_run(klp->count, seen.enabled);
	else
		task_count_stop(klp->count);
	return 0;
}

static int next(void *userdata, struct job *job, enum change_step *ret)
{
	struct klp_patches *klp = userdata;
	enum change_step step;
	bool to_patch;
	int r;

	r = see(klp, job);
	if (r < 0)
		return r;
	step = klp_change_next(&job->change, &klp->seen);
	switch (step) {
	case CHANGE_WAIT:
		/* What is forced settles; there is nothing to turn back then. */
		if (job->forcing && moves(klp, &to_patch))
			step = job->recorded ? CHANGE_FORCE : CHANGE_RECORD;
		break;
	case CHANGE_DONE:
		if (!job->change.unload && !job->change.reversing && !job->verified)
			step = CHANGE_VERIFY;
		break;
	case CHANGE_INSERT:
	case CHANGE_ENABLE:
	case CHANGE_DISABLE:
		/* The kernel does one transition at a time, and this may be another's. */
		r = klp_transition_of_other(&klp->engine->setup.root, job->name, NULL);
		if (r < 0)
			return r;
		if (r > 0)
			step = CHANGE_WAIT;
		break;
	default:
		break;
	}
	*ret = step;
	return 0;
}

static void inserted(struct klp_patches *klp, struct job *job, int r, struct failure *failure)
{
	if (r >= 0) {
		job->change.acted = true;
		change_queue_save(klp->queue, job);
		return;
	}
	/* Somebody else's transition was first: try again behind it. */
	if (klp_transition_of_other(&klp->engine->setup.root, job->name, NULL) > 0)
		return;
	job->failed = TAKE(*failure, (struct failure){ 0 });
	change_queue_finish(klp->queue, job, TRANSITION_FAILED,
			    job->failed.kind != FAILURE_NONE ? failure_message(&job->failed) : strerror(-r));
}

static void verified(struct klp_patches *klp, struct job *job, int r, struct json_object *result,
		     struct failure *failure)
{
	struct json_object *replace = r < 0 ? NULL : json_object_object_get(result, "replace");
	enum klp_replace seen = KLP_REPLACE_UNKNOWN;
	_cleanup_free_ char *message = NULL;

	job->verified = true;
	if (replace)
		(void)klp_replace_from_name(json_object_get_string(replace), &seen);
	if (seen != KLP_REPLACE_UNKNOWN) {
		job->replace = seen;
		change_queue_save(klp->queue, job);
	}
	if (r != -EBADE)
		return;
	if (asprintf(&message, "%s is loaded, but %s", job->name, failure_message(failure)) < 0)
		message = NULL;
	change_queue_finish(klp->queue, job, TRANSITION_FAILED, message);
}

static void written(struct klp_patches *klp, struct job *job, enum change_step step, int r)
{
	_cleanup_free_ char *message = NULL;

	if (r >= 0) {
		if (step == CHANGE_FORCE)
			job->forcing = false;
		else if (step == CHANGE_DISABLE && job->change.unload)
			job->change.acted = true;
		else
			return;
		change_queue_save(klp->queue, job);
		return;
	}
	/* Somebody else's transition was first, or the kernel is about to complete this one: look again. */
	if (r == -EBUSY || r == -ETIMEDOUT)
		return;
	if (asprintf(&message, "The kernel did not let %s be %s: %s.", job->name,
		     step == CHANGE_ENABLE ? "enabled" :
		     step == CHANGE_FORCE  ? "forced" :
					     "disabled",
		     strerror(-r)) < 0)
		message = NULL;
	change_queue_finish(klp->queue, job, TRANSITION_FAILED, message);
}

static void stepped(void *userdata, struct job *job, enum change_step step, int r, struct json_object *result,
		    struct failure *failure)
{
	struct klp_patches *klp = userdata;

	switch (step) {
	case CHANGE_INSERT:
		inserted(klp, job, r, failure);
		break;
	case CHANGE_RECORD:
		job->recorded = true;
		force_record_tell(job->name, job->transition->id, job->uid, r < 0 ? NULL : result);
		break;
	case CHANGE_VERIFY:
		verified(klp, job, r, result, failure);
		break;
	default:
		written(klp, job, step, r);
		break;
	}
}

static void settling(void *userdata)
{
	struct klp_patches *klp = userdata;

	task_count_stop(klp->count);
	klp->seen = (struct klp_status){ 0 };
	(void)refresh_or_log(klp);
}

static bool is_there(const struct patch *patch, const struct klp_status *status)
{
	(void)patch;
	return status->registered && status->enabled;
}

static int too_late(void *userdata, const struct job *job)
{
	struct klp_patches *klp = userdata;
	struct klp_status seen;
	int r;

	r = klp_read_status(&klp->engine->setup.root, job->name, &seen);
	if (r < 0)
		return r;
	return job->change.acted && !klp->queue->acting && !(seen.registered && seen.transition);
}

static const struct patch_backend backend = {
	.id = PATCH_KLP,
	.patch = "livepatch",
	.off = "disabled",
	.held = "somebody holds it, or a transition of it was forced",
	.poll_usec = POLL_USEC,
	.one_transition = true,
	.forces = true,
	.refresh = refresh,
	.look = look,
	.next_look = next_look,
	.is_there = is_there,
	.next = next,
	.stepped = stepped,
	.settling = settling,
	.too_late = too_late,
	.moves = moves,
};

int klp_patches_new(struct engine *engine, const struct changes_observers *observers,
		    const struct transition_watch *watch, struct klp_patches **ret)
{
	_cleanup_(klp_patches_freep) struct klp_patches *klp = calloc(1, sizeof(*klp));
	int r;

	if (!klp)
		return -ENOMEM;
	klp->engine = engine;
	klp->watch = watch;
	r = change_queue_new(engine, observers, &backend, klp, &klp->queue);
	if (r < 0)
		return r;
	r = task_count_new(engine->event, engine->setup.root.proc, on_counted, klp, &klp->count);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(klp);
	return 0;
}

struct klp_patches *klp_patches_free(struct klp_patches *klp)
{
	if (klp->count)
		(void)task_count_free(klp->count);
	if (klp->queue)
		(void)change_queue_free(klp->queue);
	free(klp);
	return NULL;
}

struct change_queue *klp_patches_queue(struct klp_patches *klp)
{
	return klp->queue;
}
