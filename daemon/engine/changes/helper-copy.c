// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/changes/helper-copy.h"
#include "engine/helper-link.h"
#include "model/helper-names.h"
#include "util/log.h"

/**
 * struct helper_copy - the making of the copy
 * @known: it has been made, or there is no helper
 * @reading: it is being made
 * @again: it is to be made once more after that
 * @error: what went wrong with it
 * @patches: those that have been read; owned
 */
struct helper_copy {
	struct change_queue *queue;
	struct helper *helper;
	void (*copied)(void *userdata);
	void *userdata;
	bool known;
	bool reading;
	bool again;
	int error;
	struct codec_patch *patches;
	size_t n_patches;
};

/* ------------------------------------------------------------ transitions */

static bool is_change(const struct job *job, const struct codec_transition *seen)
{
	switch (seen->kind) {
	case LPH_TRANSITION_APPLY:
		return !job->names && !job->change.unload && lpd_streq(job->name, seen->patch);
	case LPH_TRANSITION_UNAPPLY:
		return !job->names && job->change.unload && lpd_streq(job->name, seen->patch);
	default:
		return job->names;
	}
}

static struct job *find_job(struct helper_copy *copy, const struct codec_transition *seen)
{
	struct job *job;

	TAILQ_FOREACH(job, &copy->queue->jobs, link)
		if (job->helper.id == seen->id)
			return job;
	/* A daemon that was killed may have asked for it, and not have heard the answer. */
	TAILQ_FOREACH(job, &copy->queue->jobs, link)
		if (job->resumed && job->helper.id == 0 && job_running(job) && !codec_is_settled(seen) &&
		    is_change(job, seen)) {
			job->helper.id = seen->id;
			job->change.acted = true;
			return job;
		}
	return NULL;
}

/* The applied patches from bottom to top, separated by spaces. */
static char *order_text(const struct patches *patches)
{
	char *text = strdup("");
	struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link) {
		char *longer = NULL;

		if (!text || patch->backend != PATCH_HELPER || patch->order == 0)
			continue;
		if (asprintf(&longer, "%s%s%s", text, *text ? " " : "", patch->name) < 0)
			longer = NULL;
		free(text);
		text = longer;
	}
	return text;
}

/* Follows a transition that somebody else asked for. */
static int adopt(struct helper_copy *copy, const struct codec_transition *seen, struct job **ret)
{
	const struct job_helper helper = {
		.how = { .strategy = seen->strategy, .consistency = seen->consistency },
		.id = seen->id,
	};
	_cleanup_free_ char *names = NULL;

	if (seen->kind == LPH_TRANSITION_ORDER) {
		names = order_text(&copy->queue->engine->patches);
		if (!names)
			return -ENOMEM;
	}
	return change_queue_adopt(copy->queue, seen->patch, names, seen->kind == LPH_TRANSITION_UNAPPLY, &helper,
				  seen->queued_at, ret);
}

static void settle(struct job *job, const struct codec_transition *seen)
{
	job->helper.settled = true;
	job->helper.reversed = seen->state == LPH_TRANSITION_REVERSED;
	if (seen->state == LPH_TRANSITION_FAILED && job->failed.kind == FAILURE_NONE)
		(void)failure_set(&job->failed, codec_failure_kind(-(int)seen->error), "%s",
				  seen->message[0] ? seen->message : strerror((int)seen->error));
}

void helper_copy_transition(struct helper_copy *copy, const struct codec_transition *seen, bool event)
{
	bool settled = codec_is_settled(seen);
	struct job *job = find_job(copy, seen);
	int r;

	if (!job) {
		/* Settled before we knew of it. */
		if (settled)
			return;
		r = adopt(copy, seen, &job);
		if (r < 0) {
			lpd_log(LOG_ERR, "Cannot keep transition %ju of the helper: %s", (uintmax_t)seen->id,
				strerror(-r));
			return;
		}
	}
	job->helper.seen = true;
	job->transition->strategy = strategy_name(seen->strategy);
	transition_set_traps(job->transition, seen->traps, seen->max_depth, seen->lapses);
	transition_set_longest_stop(job->transition, seen->longest_stop);
	transition_set_tasks(job->transition, seen->tasks_total, seen->tasks_remaining);
	if (job->change.foreign && seen->state != LPH_TRANSITION_QUEUED)
		transition_start(job->transition, seen->started_at);
	if (settled && !event)
		settle(job, seen);
}

/* --------------------------------------------------------------- reading */

static void on_transition(const void *attributes, size_t size, void *userdata)
{
	struct helper_copy *copy = userdata;
	struct codec_transition seen;

	if (codec_decode_transition(attributes, size, &seen) >= 0 && codec_is_of_patches(&seen))
		helper_copy_transition(copy, &seen, false);
}

static void on_transitions_done(int error, const char *message, void *userdata)
{
	struct helper_copy *copy = userdata;
	struct job *job;

	(void)message;
	copy->error = error;
	if (error < 0)
		return;
	/* It settled so long ago that the helper has forgotten it: the patches tell. */
	TAILQ_FOREACH(job, &copy->queue->jobs, link)
		if (job->helper.id != 0 && !job->helper.seen)
			job->helper.settled = true;
}

static void on_patch(const void *attributes, size_t size, void *userdata)
{
	struct helper_copy *copy = userdata;
	struct codec_patch *grown = reallocarray(copy->patches, copy->n_patches + 1, sizeof(*grown));
	int r;

	if (!grown) {
		copy->error = -ENOMEM;
		return;
	}
	copy->patches = grown;
	r = codec_decode_patch(attributes, size, grown + copy->n_patches);
	if (r >= 0)
		copy->n_patches++;
	else if (copy->error >= 0)
		copy->error = r;
}

static void forget_read(struct helper_copy *copy)
{
	for (size_t i = 0; i < copy->n_patches; i++)
		codec_patch_clear(copy->patches + i);
	free(TAKE_PTR(copy->patches));
	copy->n_patches = 0;
}

static int take_functions(const struct codec_patch *patch, struct patch_seen *seen)
{
	seen->functions = calloc(patch->n_functions ?: 1, sizeof(*seen->functions));
	if (!seen->functions)
		return -ENOMEM;
	for (size_t i = 0; i < patch->n_functions; i++) {
		struct klp_function *function = seen->functions + seen->n_functions++;

		function->symbol = strdup(patch->functions[i].name.symbol);
		function->module = strdup(patch->functions[i].name.module);
		function->sympos = patch->functions[i].name.sympos;
		function->patched = patch->functions[i].patched;
		if (!function->symbol || !function->module)
			return -ENOMEM;
	}
	return 0;
}

static enum patch_state state_of(const struct codec_patch *patch)
{
	static const enum patch_state states[] = {
		[LPH_PATCH_LOADED] = PATCH_LOADED,
		[LPH_PATCH_PATCHING] = PATCH_PATCHING,
		[LPH_PATCH_PATCHED] = PATCH_PATCHED,
		[LPH_PATCH_UNPATCHING] = PATCH_UNPATCHING,
	};

	return patch->state < ELEMENTSOF(states) ? states[patch->state] : PATCH_LOADED;
}

/* From bottom to top, and those that are not applied last. */
static int by_order(const void *a, const void *b)
{
	unsigned int x = ((const struct codec_patch *)a)->order, y = ((const struct codec_patch *)b)->order;

	if (!x || !y)
		return !x - !y;
	return x < y ? -1 : x > y;
}

/* What has been read is what there is. */
static int publish(struct helper_copy *copy)
{
	_cleanup_free_ struct patch_seen *seen = calloc(copy->n_patches ?: 1, sizeof(*seen));
	struct engine *engine = copy->queue->engine;
	int r = 0;

	if (!seen)
		return -ENOMEM;
	if (copy->n_patches > 1)
		qsort(copy->patches, copy->n_patches, sizeof(*copy->patches), by_order);
	for (size_t i = 0; r >= 0 && i < copy->n_patches; i++) {
		seen[i] = (struct patch_seen){
			.name = copy->patches[i].name,
			.state = state_of(copy->patches + i),
			.order = copy->patches[i].order,
			.replace = KLP_REPLACE_NO,
		};
		r = take_functions(copy->patches + i, seen + i);
	}
	if (r >= 0)
		r = patches_update(&engine->patches, PATCH_HELPER, seen, copy->n_patches);
	for (size_t i = 0; i < copy->n_patches; i++)
		klp_functions_free(seen[i].functions, seen[i].n_functions);
	return r < 0 ? r : store_recall(engine->store, &engine->patches, PATCH_HELPER);
}

static void on_patches_done(int error, const char *message, void *userdata)
{
	struct helper_copy *copy = userdata;
	int r = error < 0 ? error : copy->error;

	(void)message;
	copy->reading = false;
	/* A helper that is older than its patches has none. */
	if (r >= 0 || r == -EOPNOTSUPP)
		r = publish(copy);
	forget_read(copy);
	/* It has gone, which is told apart. */
	if (r == -ENODEV)
		return;
	/* Something changed meanwhile, or will again. */
	if (r == -EAGAIN || TAKE(copy->again, false)) {
		helper_copy_read(copy);
		return;
	}
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot read the helper's patches: %s", strerror(-r));
	copy->known = true;
	copy->copied(copy->userdata);
}

void helper_copy_read(struct helper_copy *copy)
{
	struct job *job;
	int r;

	if (!helper_is_up(copy->helper)) {
		if (copy->known)
			copy->copied(copy->userdata);
		return;
	}
	if (copy->reading) {
		copy->again = true;
		return;
	}
	copy->error = 0;
	TAILQ_FOREACH(job, &copy->queue->jobs, link)
		job->helper.seen = false;
	r = helper_dump(copy->helper, LPH_CMD_GET_TRANSITION, NULL, NULL, on_transition, on_transitions_done, copy);
	if (r >= 0)
		r = helper_dump(copy->helper, LPH_CMD_GET_PATCH, NULL, NULL, on_patch, on_patches_done, copy);
	copy->reading = r >= 0;
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot read the helper's patches: %s", strerror(-r));
}

void helper_copy_clear(struct helper_copy *copy)
{
	struct engine *engine = copy->queue->engine;
	int r;

	copy->reading = copy->again = false;
	forget_read(copy);
	r = patches_update(&engine->patches, PATCH_HELPER, NULL, 0);
	if (r >= 0)
		r = store_recall(engine->store, &engine->patches, PATCH_HELPER);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot forget the helper's patches: %s", strerror(-r));
	copy->known = true;
	copy->copied(copy->userdata);
}

int helper_copy_new(struct change_queue *queue, struct helper *helper, void (*copied)(void *userdata), void *userdata,
		    struct helper_copy **ret)
{
	struct helper_copy *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	copy->queue = queue;
	copy->helper = helper;
	copy->copied = copied;
	copy->userdata = userdata;
	*ret = copy;
	return 0;
}

struct helper_copy *helper_copy_free(struct helper_copy *copy)
{
	forget_read(copy);
	free(copy);
	return NULL;
}

/* ------------------------------------------------------------------ order */

bool helper_copy_is_order(const struct patches *patches, const char *names)
{
	_cleanup_free_ char *now = order_text(patches);

	return now && lpd_streq(now, names);
}

static int check_named(const struct patches *patches, const char *name, struct failure *failure)
{
	const struct patch *patch = patches_find(patches, name);

	if (!patch)
		return failure_set(failure, FAILURE_NO_SUCH_PATCH, "No patch %s is loaded.", name);
	if (patch->backend == PATCH_KLP)
		return failure_set(failure, FAILURE_CONFLICT,
				   "%s is a kernel livepatch: the kernel stacks those in the order of their loads and "
				   "cannot change it live; unload them and load them in the order you want.",
				   name);
	if (patch->order == 0)
		return failure_set(failure, FAILURE_CONFLICT,
				   "%s is loaded but not applied, so it has no place in the order; load it first.",
				   name);
	return 0;
}

/* How often the list has the name. */
static unsigned int count_named(const char *names, const char *name)
{
	size_t length = strlen(name);
	unsigned int n = 0;

	for (; *names; names += strspn(names, " ")) {
		size_t word = strcspn(names, " ");

		n += word == length && strncmp(names, name, length) == 0;
		names += word;
	}
	return n;
}

int helper_copy_check_order(const struct patches *patches, const char *names, struct failure *failure)
{
	_cleanup_free_ char *words = strdup(names);
	struct patch *patch;
	char *save = NULL;
	int r;

	if (!words)
		return -ENOMEM;
	for (char *name = strtok_r(words, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		r = check_named(patches, name, failure);
		if (r < 0)
			return r;
		if (count_named(names, name) != 1)
			return failure_set(failure, FAILURE_INVALID_ARGUMENT, "The order names %s more than once.",
					   name);
	}
	TAILQ_FOREACH(patch, &patches->list, link)
		if (patch->backend == PATCH_HELPER && patch->order > 0 && count_named(names, patch->name) == 0)
			return failure_set(failure, FAILURE_INVALID_ARGUMENT,
					   "The order has to name every applied patch of livepatch_helper; "
					   "it lacks %s.",
					   patch->name);
	return 0;
}
