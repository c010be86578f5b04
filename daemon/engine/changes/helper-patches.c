// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/changes/helper-copy.h"
#include "engine/changes/helper-patches.h"
#include "engine/helper-link.h"
#include "model/helper-change.h"
#include "util/log.h"
#include "util/time-util.h"
#include "wire/codec.h"

/* While a job is there. */
#define POLL_USEC (200 * USEC_PER_MSEC)

/**
 * struct helper_patches - what is asked of the helper
 * @copy: what it shows
 */
struct helper_patches {
	struct engine *engine;
	struct change_queue *queue;
	struct helper *helper;
	struct helper_copy *copy;
};

/* It cannot be done: what has been done of it is undone. */
static void give_up(struct job *job, enum failure_kind kind, const char *message)
{
	(void)failure_set(&job->failed, kind, "%s", message);
	job->change.reversing = true;
}

/* --------------------------------------------------------------- the helper */

static int encode_request(struct nl_msg *message, const void *argument)
{
	const struct job *job = argument;

	if (job->names)
		return codec_encode_order(message, job->names, &job->helper.how);
	return codec_encode_patch(message, job->name, &job->helper.how);
}

static void on_requested(const void *attributes, size_t size, void *userdata)
{
	struct codec_transition seen;
	struct job *job = userdata;

	if (codec_decode_transition(attributes, size, &seen) < 0)
		return;
	job->helper.id = seen.id;
	job->change.acted = true;
	change_queue_save(job->queue, job);
}

static void on_request_done(int error, const char *message, void *userdata)
{
	struct job *job = userdata;

	job->helper.asking = false;
	/* It is so already, or the helper has gone: what is read next tells. */
	if (error < 0 && error != -EALREADY && (error != -ENODEV || *message))
		give_up(job, codec_failure_kind(error), *message ? message : strerror(-error));
	change_queue_schedule(job->queue, 0);
}

static int ask(struct helper_patches *patches, struct job *job)
{
	uint8_t command = LPH_CMD_APPLY_PATCH;
	int r;

	if (job->names)
		command = LPH_CMD_ORDER_PATCHES;
	else if (job->change.unload)
		command = LPH_CMD_REMOVE_PATCH;
	r = helper_request(patches->helper, command, encode_request, job, on_requested, on_request_done, job);
	job->helper.asking = r >= 0;
	return r;
}

static int encode_cancel(struct nl_msg *message, const void *argument)
{
	const struct job *job = argument;

	return codec_encode_cancel(message, job->helper.id);
}

static void on_cancel_done(int error, const char *message, void *userdata)
{
	struct job *job = userdata;

	job->helper.asking = false;
	/* It has settled, or is being turned back already. */
	if (error < 0 && error != -EALREADY && error != -ENOENT && error != -ENODEV)
		lpd_log_about(LOG_WARNING, job->name, job->transition->id, "The helper does not turn it back: %s",
			      *message ? message : strerror(-error));
	change_queue_schedule(job->queue, 0);
}

static int cancel(struct helper_patches *patches, struct job *job)
{
	int r;

	if (job->helper.cancelled)
		return 0;
	r = helper_request(patches->helper, LPH_CMD_CANCEL_TRANSITION, encode_cancel, job, NULL, on_cancel_done, job);
	job->helper.cancelled = job->helper.asking = r >= 0;
	return r;
}

static int act(void *userdata, struct job *job, enum change_step step)
{
	struct helper_patches *patches = userdata;

	if (!helper_is_up(patches->helper))
		return 0;
	return step == CHANGE_CANCEL ? cancel(patches, job) : ask(patches, job);
}

/* ------------------------------------------------------------------ driving */

static int see(struct helper_patches *patches, const struct job *job, struct helper_seen *ret)
{
	struct patch *patch = change_queue_patch(patches->queue, job->name);
	struct klp_status status = { 0 };
	int r;

	if (!job->names) {
		r = klp_read_status(&patches->engine->setup.root, job->name, &status);
		if (r < 0)
			return r;
	}
	*ret = (struct helper_seen){
		.module = status.module,
		.registered = patch,
		.state = patch ? patch->state : PATCH_LOADED,
		.in_order = job->names && helper_copy_is_order(&patches->engine->patches, job->names),
		.pending = job->helper.id != 0 && !job->helper.settled,
	};
	return 0;
}

static int next(void *userdata, struct job *job, enum change_step *ret)
{
	struct helper_patches *patches = userdata;
	struct helper_seen seen;
	int r;

	if (job->helper.asking) {
		*ret = CHANGE_WAIT;
		return 0;
	}
	/* The helper knows that a function is held, but not by whom. */
	if (job->helper.settled && job->failed.kind == FAILURE_CONFLICT && !job->helper.holders_sought) {
		*ret = CHANGE_FIND_HOLDERS;
		return 0;
	}
	r = see(patches, job, &seen);
	if (r < 0)
		return r;
	if (job->names)
		*ret = helper_change_next_order(&job->change, &seen);
	else if (job->change.unload)
		*ret = helper_change_next_unload(&job->change, &seen);
	else
		*ret = helper_change_next_load(&job->change, job->helper.brings_module, &seen);
	return 0;
}

/* The holders' names replace what the helper said of its failure. */
static void holders_found(struct job *job, struct json_object *result)
{
	const char *holders = json_object_get_string(json_object_object_get(result, "holders"));

	job->helper.holders_sought = true;
	if (holders)
		(void)failure_set(&job->failed, FAILURE_CONFLICT,
				  "Only one can redirect a function, and %s is not the first: %s.", job->name, holders);
}

static void stepped(void *userdata, struct job *job, enum change_step step, int r, struct json_object *result,
		    struct failure *failure)
{
	(void)userdata;
	if (step == CHANGE_FIND_HOLDERS) {
		holders_found(job, result);
		return;
	}
	if (r >= 0)
		return;
	job->helper.brings_module = false;
	if (failure->kind != FAILURE_NONE)
		give_up(job, failure->kind, failure_message(failure));
	else
		give_up(job, FAILURE_KERNEL_REFUSED, strerror(-r));
}

/* What others asked for. */
static void settle_foreign(struct helper_patches *patches)
{
	struct job *job, *next_job;

	for (job = TAILQ_FIRST(&patches->queue->jobs); job; job = next_job) {
		next_job = TAILQ_NEXT(job, link);
		if (!job->change.foreign || !job->helper.settled)
			continue;
		if (job->helper.reversed || job->failed.kind != FAILURE_NONE)
			change_queue_undone(patches->queue, job);
		else
			(void)change_queue_done(patches->queue, job);
	}
}

static void on_copied(void *userdata)
{
	struct helper_patches *patches = userdata;

	settle_foreign(patches);
	change_queue_look(patches->queue);
}

static void look(void *userdata)
{
	struct helper_patches *patches = userdata;

	helper_copy_read(patches->copy);
}

static uint64_t next_look(void *userdata)
{
	const struct helper_patches *patches = userdata;

	return TAILQ_EMPTY(&patches->queue->jobs) ? UINT64_MAX : POLL_USEC;
}

/* Loaded, it may have to be applied yet. */
static bool is_there(const struct patch *patch, const struct klp_status *status)
{
	(void)status;
	return patch;
}

static int too_late(void *userdata, const struct job *job)
{
	(void)userdata;
	return job->helper.settled;
}

static int check_order(void *userdata, const char *names, struct failure *failure)
{
	const struct helper_patches *patches = userdata;
	int r = helper_copy_check_order(&patches->engine->patches, names, failure);

	return r < 0 ? r : helper_copy_is_order(&patches->engine->patches, names);
}

static const struct patch_backend backend = {
	.id = PATCH_HELPER,
	.patch = "patch of livepatch_helper",
	.off = "not applied",
	.held = "somebody holds it",
	.poll_usec = POLL_USEC,
	.look = look,
	.next_look = next_look,
	.is_there = is_there,
	.next = next,
	.act = act,
	.stepped = stepped,
	.too_late = too_late,
	.check_order = check_order,
};

/* --------------------------------------------------- what the link tells */

static void on_up(void *userdata)
{
	look(userdata);
}

static void on_down(void *userdata)
{
	struct helper_patches *patches = userdata;
	struct job *job;

	/* Its ids begin anew when it comes back. */
	TAILQ_FOREACH(job, &patches->queue->jobs, link) {
		job->helper.settled = job->helper.id != 0;
		if (job->change.foreign && job->failed.kind == FAILURE_NONE)
			(void)failure_set(&job->failed, FAILURE_HELPER_MISSING, "The helper was unloaded.");
	}
	helper_copy_clear(patches->copy);
}

static void on_transition(const struct codec_transition *seen, void *userdata)
{
	struct helper_patches *patches = userdata;

	if (!codec_is_of_patches(seen))
		return;
	/* A short one would be over before it is read. */
	helper_copy_transition(patches->copy, seen, true);
	helper_copy_read(patches->copy);
	if (!TAILQ_EMPTY(&patches->queue->jobs))
		change_queue_schedule(patches->queue, POLL_USEC);
}

static const struct helper_observer observer = {
	.up = on_up,
	.down = on_down,
	.transition = on_transition,
	.patches_changed = on_up,
};

int helper_patches_new(struct engine *engine, const struct changes_observers *observers, struct helper *helper,
		       struct helper_patches **ret)
{
	_cleanup_(helper_patches_freep) struct helper_patches *patches = calloc(1, sizeof(*patches));
	int r;

	if (!patches)
		return -ENOMEM;
	patches->engine = engine;
	patches->helper = helper;
	r = change_queue_new(engine, observers, &backend, patches, &patches->queue);
	if (r < 0)
		return r;
	r = helper_copy_new(patches->queue, helper, on_copied, patches, &patches->copy);
	if (r < 0)
		return r;
	r = helper_subscribe(helper, &observer, patches);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(patches);
	return 0;
}

struct helper_patches *helper_patches_free(struct helper_patches *patches)
{
	if (patches->copy)
		(void)helper_copy_free(patches->copy);
	if (patches->queue)
		(void)change_queue_free(patches->queue);
	free(patches);
	return NULL;
}

struct change_queue *helper_patches_queue(struct helper_patches *patches)
{
	return patches->queue;
}
