// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/changes/change-queue.h"
#include "engine/changes/history.h"
#include "util/log.h"
#include "util/time-util.h"
#include "util/words.h"
#include "worker/force-record.h"
#include "worker/holders.h"
#include "worker/installed.h"
#include "worker/kernel-ops.h"
#include "worker/operation.h"

/* The kernel lets a patch's module go a moment later, and whoever looks at it may hold it. */
#define REMOVE_USEC (15 * USEC_PER_SEC)
/* What a child may take. A patch's own init and callbacks run in it. */
#define OPERATION_USEC (120 * USEC_PER_SEC)

void change_queue_schedule(struct change_queue *queue, uint64_t usec)
{
	(void)sd_event_source_set_time_relative(queue->timer, usec);
	(void)sd_event_source_set_enabled(queue->timer, SD_EVENT_ONESHOT);
}

struct job *change_queue_running(const struct change_queue *queue)
{
	struct job *job;

	TAILQ_FOREACH(job, &queue->jobs, link)
		if (job_running(job) && (queue->backend->one_transition || !job->change.foreign))
			return job;
	return NULL;
}

struct job *change_queue_current(const struct change_queue *queue)
{
	struct job *job = change_queue_running(queue), *other;

	TAILQ_FOREACH(other, &queue->jobs, link)
		if (other->change.foreign && (!job || (job_running(other) && !job_running(job))))
			job = other;
	return job;
}

bool change_queue_moves_to(const struct change_queue *queue, const struct job *job)
{
	bool to_patch;

	if (queue->backend->moves && queue->backend->moves(queue->userdata, &to_patch))
		return to_patch;
	return job->change.unload == job->change.reversing;
}

struct patch *change_queue_patch(const struct change_queue *queue, const char *name)
{
	struct patch *patch = patches_find(&queue->engine->patches, name);

	return patch && patch->backend == queue->backend->id ? patch : NULL;
}

/* --------------------------------------------------------------- the store */

void change_queue_save(struct change_queue *queue, const struct job *job)
{
	int r = job_save(job, queue->engine->store);

	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, job->transition->id, "Cannot store what becomes of %s: %s",
			      job->transition->subject, strerror(-r));
}

static void forget_change(struct change_queue *queue, const struct job *job)
{
	int r = job_forget(job, queue->engine->store, change_queue_patch(queue, job->name));

	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, job->transition->id, "Cannot store what became of %s: %s",
			      job->transition->subject, strerror(-r));
}

/* ----------------------------------------------------------------- the end */

/* The kernel keeps the modules of those that a cumulative patch has replaced. */
static void remove_replaced(struct change_queue *queue, const struct job *job)
{
	const struct change unload = { .unload = true };
	struct transition *transition;
	struct patch *patch;
	int r;

	TAILQ_FOREACH(patch, &queue->engine->patches.list, link) {
		const struct change_request request = { .name = patch->name, .uid = job->uid };

		if (patch->backend != queue->backend->id || !TAKE(patch->dropped, false) ||
		    jobs_find(&queue->jobs, patch->name, false))
			continue;
		r = change_queue_add(queue, &request, &unload, NULL, false, &transition);
		if (r < 0)
			lpd_log_about(LOG_WARNING, patch->name, 0, "%s has replaced %s, which stays loaded: %s",
				      job->name, patch->name, strerror(-r));
	}
}

#define REPLACES "It replaces "

/* What is said of a load besides, and of the patches that it replaces; both may be NULL. */
static char *replaces_text(const char *besides, const char *names)
{
	char *text;

	if (asprintf(&text, "%s%s%s%s%s", besides ?: "", besides && names ? " " : "", names ? REPLACES : "", names ?: "",
		     names ? "." : "") < 0)
		return NULL;
	return text;
}

/* Afterwards those are named that have gone; NULL: there is nothing to say, or no memory for it. */
static char *tell_replaced(const struct change_queue *queue, const struct job *job, const char *message)
{
	const char *besides = message ?: job->transition->message;
	bool announced = besides && strncmp(besides, REPLACES, strlen(REPLACES)) == 0;
	_cleanup_free_ char *names = NULL;
	struct patch *patch;

	TAILQ_FOREACH(patch, &queue->engine->patches.list, link)
		if (patch->backend == queue->backend->id && patch->dropped &&
		    lpd_add_words(&names, ", ", patch->name) < 0)
			return NULL;
	if (!names && !announced)
		return NULL;
	return replaces_text(announced ? NULL : besides, names);
}

void change_queue_finish(struct change_queue *queue, struct job *job, enum transition_state state,
			 const char *message)
{
	struct settlement settlement = {
		.transition = job->transition,
		.state = state,
		.at = lpd_now_realtime(),
		.uid = job->change.foreign ? UINT32_MAX : job->uid,
	};
	bool loaded = state == TRANSITION_DONE && job->transition->kind == TRANSITION_LOAD && !job->change.reversing;
	_cleanup_free_ char *replaced = NULL;

	TAILQ_REMOVE(&queue->jobs, job, link);
	/* Whoever hears that it is over must find the patch as it now is. */
	if (queue->backend->settling)
		queue->backend->settling(queue->userdata);
	replaced = loaded ? tell_replaced(queue, job, message) : NULL;
	settlement.message = replaced ?: message;
	changes_observers_settling(queue->observers, &settlement);
	forget_change(queue, job);
	transition_set_error(job->transition, job->failed.kind);
	transition_finish(job->transition, state, settlement.message, settlement.at);
	changes_observers_settled(queue->observers, &settlement);
	/* Whoever else has loaded one may want to remove the others, too. */
	if (state == TRANSITION_DONE && job->transition->kind == TRANSITION_LOAD && !job->change.foreign)
		remove_replaced(queue, job);
	(void)job_free(job);
	change_queue_schedule(queue, 0);
}

void change_queue_undone(struct change_queue *queue, struct job *job)
{
	if (job->failed.kind != FAILURE_NONE)
		change_queue_finish(queue, job, TRANSITION_FAILED, failure_message(&job->failed));
	else
		change_queue_finish(queue, job, TRANSITION_REVERSED,
				    job->change.reversing ? NULL : "Somebody else turned it back.");
}

/* ------------------------------------------------------------ the children */

static void removed(struct change_queue *queue, struct job *job, int r)
{
	const char *failed = job->failed.message;
	bool held = r == -EAGAIN || r == -EBUSY;
	_cleanup_free_ char *message = NULL;

	if (r >= 0) {
		job->remove_until = 0;
		return;
	}
	if (held && lpd_now_monotonic() < job->remove_until)
		return;
	if (asprintf(&message, "%s%s%s is %s, but its module cannot be removed: %s.", failed ?: "",
		     failed ? " And " : "", job->name, queue->backend->off,
		     held ? queue->backend->held : strerror(-r)) < 0)
		message = NULL;
	change_queue_finish(queue, job, TRANSITION_FAILED, message);
}

/* The change has settled; only what the next boot does is in question. */
static void persisted(struct change_queue *queue, struct job *job, int r, struct failure *failure)
{
	_cleanup_free_ char *message = job_persisted(job, r, failure);

	if (r < 0)
		change_queue_finish(queue, job, TRANSITION_FAILED, message);
}

/* The killed daemon's child was at it until now. */
static bool was_inserted(struct change_queue *queue, struct job *job)
{
	struct klp_status status;

	return TAKE(job->resumed, false) &&
	       klp_read_status(&queue->engine->setup.root, job->name, &status) >= 0 &&
	       status.module != KLP_MODULE_ABSENT;
}

static void on_operation(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct change_queue *queue = userdata;
	struct job *job = TAKE_PTR(queue->acting);

	if (job_lost_child(job, r)) {
		change_queue_schedule(queue, queue->backend->poll_usec);
		return;
	}
	switch (queue->step) {
	case CHANGE_REMOVE:
		removed(queue, job, r);
		break;
	case CHANGE_INSTALL:
	case CHANGE_UNINSTALL:
		persisted(queue, job, r, failure);
		break;
	default:
		if (queue->step != CHANGE_INSERT || r >= 0 || !was_inserted(queue, job))
			queue->backend->stepped(queue->userdata, job, queue->step, r, result, failure);
		break;
	}
	/* Not at once after a failure, or a refusal would be asked for as fast as can be. */
	change_queue_schedule(queue, r < 0 ? queue->backend->poll_usec : 0);
}

/* What a child does for a step. */
static operation_work_t work_of(const struct kernel_ops *kernel, enum change_step step, const char **ret_what)
{
	switch (step) {
	case CHANGE_INSERT:
		*ret_what = "load a patch";
		return kernel->insert;
	case CHANGE_REMOVE:
		*ret_what = "remove a patch";
		return kernel->remove;
	case CHANGE_RECORD:
		*ret_what = "see whom a transition waits for";
		return force_record_look;
	case CHANGE_FORCE:
		*ret_what = "force a livepatch";
		return kernel->force;
	case CHANGE_VERIFY:
		*ret_what = "look at what a livepatch patches";
		return kernel->verify;
	case CHANGE_FIND_HOLDERS:
		*ret_what = "see who holds a function";
		return holders_of_patch;
	case CHANGE_INSTALL:
		*ret_what = "install a patch";
		return kernel->install;
	case CHANGE_UNINSTALL:
		*ret_what = "take a patch out of the installed ones";
		return kernel->uninstall;
	default:
		*ret_what = "enable or disable a livepatch";
		return kernel->enable;
	}
}

static int operate(struct change_queue *queue, struct job *job, enum change_step step)
{
	struct engine *engine = queue->engine;
	const struct kernel_request request = {
		.root = engine->setup.root,
		.name = job->name,
		.file = job->file,
		.sha256 = job->sha256,
		.replace = job->replace,
		.enable = step == CHANGE_RECORD ? change_queue_moves_to(queue, job) : step == CHANGE_ENABLE,
		.trial = job->persist || installed_is_file(engine->setup.state, job->file),
		.state = engine->setup.state,
		.confs = engine->setup.confs,
		.patches = &engine->patches,
	};
	operation_work_t work;
	const char *what;
	int r;

	work = work_of(engine->setup.kernel, step, &what);
	if (step == CHANGE_REMOVE && job->remove_until == 0)
		job->remove_until = lpd_now_monotonic() + REMOVE_USEC;
	r = operation_start(engine->operations, what, OPERATION_USEC, work, &request, on_operation, queue);
	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	lpd_log_about(LOG_DEBUG, job->name, job->transition->id, "A child is to %s: %s", what, job->name);
	/* What goes from now on goes since this one comes. */
	if (step == CHANGE_INSERT || step == CHANGE_ENABLE)
		patches_forget_dropped(&engine->patches, queue->backend->id);
	queue->acting = job;
	queue->step = step;
	return 0;
}

/* ----------------------------------------------------------------- driving */

int change_queue_done(struct change_queue *queue, struct job *job)
{
	if (job->persist && !job->change.reversing)
		return operate(queue, job, job->change.unload ? CHANGE_UNINSTALL : CHANGE_INSTALL);
	failure_clear(&job->failed);
	change_queue_finish(queue, job, TRANSITION_DONE,
			    job->change.reversing ? "It was complete before it could be turned back." : NULL);
	return 0;
}

static int advance(struct change_queue *queue, struct job *job)
{
	enum change_step step;
	int r;

	if (queue->acting)
		return 0;
	if (job_check_deadline(job) > 0)
		change_queue_save(queue, job);
	r = queue->backend->next(queue->userdata, job, &step);
	if (r < 0)
		return r;
	switch (step) {
	case CHANGE_WAIT:
		return 0;
	case CHANGE_REQUEST:
	case CHANGE_CANCEL:
		return queue->backend->act(queue->userdata, job, step);
	case CHANGE_DONE:
		return change_queue_done(queue, job);
	case CHANGE_REVERSED:
		change_queue_undone(queue, job);
		return 0;
	default:
		return operate(queue, job, step);
	}
}

static struct job *start_next(struct change_queue *queue)
{
	struct job *job;

	TAILQ_FOREACH(job, &queue->jobs, link)
		if (!job->change.foreign)
			break;
	if (job) {
		patches_forget_dropped(&queue->engine->patches, queue->backend->id);
		job_start(job);
		change_queue_save(queue, job);
	}
	return job;
}

void change_queue_look(struct change_queue *queue)
{
	struct job *job = change_queue_running(queue) ?: start_next(queue);
	int r = job ? advance(queue, job) : 0;

	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot follow a %s: %s", queue->backend->patch, strerror(-r));
	changes_observers_looked(queue->observers, queue->backend->id);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct change_queue *queue = userdata;
	int enabled = SD_EVENT_OFF;
	uint64_t next;

	(void)usec;
	queue->backend->look(queue->userdata);
	/* Whatever has just settled has asked to be called at once. */
	(void)sd_event_source_get_enabled(source, &enabled);
	if (enabled != SD_EVENT_OFF)
		return 0;
	next = queue->backend->next_look(queue->userdata);
	if (next != UINT64_MAX)
		change_queue_schedule(queue, next);
	return 0;
}

/* ---------------------------------------------------------------- requests */

static int new_job(struct change_queue *queue, const char *name, const char *names, const struct change *change,
		   const struct job_helper *helper, uint64_t queued_at, struct job **ret)
{
	struct job *job;
	uint64_t id;
	int r;

	r = store_next_id(queue->engine->store, &id);
	if (r < 0)
		return r;
	r = job_new(&queue->engine->transitions, queue->backend->id, names ? STORE_ORDER : name, names, id, change,
		    helper, queued_at, &job);
	if (r < 0)
		return r;
	job->queue = queue;
	*ret = job;
	return 0;
}

/* Before it comes, those are named that go. */
static int announce(struct job *job, struct json_object *replaces)
{
	_cleanup_free_ char *names = NULL, *text = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && replaces && i < json_object_array_length(replaces); i++)
		r = lpd_add_words(&names, ", ", json_object_get_string(json_object_array_get_idx(replaces, i)));
	if (r < 0 || !names)
		return r;
	text = replaces_text(NULL, names);
	if (!text)
		return -ENOMEM;
	transition_say(job->transition, text);
	return 0;
}

int change_queue_add(struct change_queue *queue, const struct change_request *request, const struct change *change,
		     const char *names, bool brings_module, struct transition **ret)
{
	const struct job_helper helper = { .brings_module = brings_module, .how = request->how };
	bool file = !change->unload && !names;
	struct job *job;
	int r;

	r = new_job(queue, request->name, names, change, queue->backend->id == PATCH_HELPER ? &helper : NULL, 0,
		    &job);
	if (r < 0)
		return r;
	TAILQ_INSERT_TAIL(&queue->jobs, job, link);
	job->timeout_usec = request->timeout_usec;
	/* Who asked for force by name has been told that the backend has none. */
	job->on_timeout = request->on_timeout == ON_TIMEOUT_FORCE && !queue->backend->forces ? ON_TIMEOUT_REVERSE :
											       request->on_timeout;
	job->persist = request->persist;
	job->uid = request->uid;
	job->replace = request->replace;
	r = file ? job_set_file(job, request->file, request->sha256) : 0;
	if (r >= 0)
		r = announce(job, request->replaces);
	if (r >= 0)
		r = job_save(job, queue->engine->store);
	if (r < 0) {
		change_queue_finish(queue, job, TRANSITION_FAILED, strerror(-r));
		return r;
	}
	*ret = job->transition;
	change_queue_schedule(queue, 0);
	return 0;
}

static int cannot_join(const struct job *job, const char *what, struct failure *failure)
{
	const struct transition *transition = job->transition;

	return failure_set(failure, FAILURE_CONFLICT,
			   "The %s of %s is under way with another %s (transition %ju): ask without one, wait for it or "
			   "cancel it.",
			   transition_kind_name(transition->kind), transition->subject, what,
			   (uintmax_t)transition->id);
}

int change_queue_join(struct change_queue *queue, struct job *job, const struct change_request *request,
		      struct transition **ret, struct failure *failure)
{
	bool timeless = job->timeout_usec == 0;

	if (request->names_timeout && !timeless && request->timeout_usec != job->timeout_usec)
		return cannot_join(job, "timeout", failure);
	if (request->names_on_timeout && !timeless && request->on_timeout != job->on_timeout)
		return cannot_join(job, "on-timeout", failure);
	if (request->names_how && queue->backend->id == PATCH_HELPER &&
	    memcmp(&request->how, &job->helper.how, sizeof(request->how)) != 0)
		return cannot_join(job, "strategy or consistency", failure);

	if (request->names_on_timeout)
		job->on_timeout = request->on_timeout;
	if (request->names_timeout && timeless) {
		job->timeout_usec = request->timeout_usec;
		/* Of one that runs already, from now on. */
		if (job_running(job))
			job_begin_timeout(job);
	}
	job->persist |= request->persist;
	change_queue_save(queue, job);
	change_queue_schedule(queue, 0);
	*ret = job->transition;
	return 0;
}

int change_queue_adopt(struct change_queue *queue, const char *name, const char *names, bool unload,
		       const struct job_helper *helper, uint64_t queued_at, struct job **ret)
{
	const struct change change = { .unload = unload, .foreign = true, .acted = true };
	struct job *job;
	int r;

	r = new_job(queue, name, names, &change, helper, queued_at, &job);
	if (r < 0)
		return r;
	if (queue->backend->one_transition)
		TAILQ_INSERT_HEAD(&queue->jobs, job, link);
	else
		TAILQ_INSERT_TAIL(&queue->jobs, job, link);
	lpd_log_about(LOG_INFO, name, job->transition->id, "Somebody else began the %s of %s.",
		      transition_kind_name(job->transition->kind), job->transition->subject);
	*ret = job;
	return 0;
}

int change_queue_resume(struct change_queue *queue, const struct store_record *record)
{
	struct job *job;
	int r;

	r = job_from_record(&queue->engine->transitions, record, &job);
	if (r < 0)
		return r;
	job->queue = queue;
	lpd_log_about(LOG_INFO, job->name, job->transition->id, "Going on with the %s of %s.",
		      transition_kind_name(job->transition->kind), job->transition->subject);
	history_take_back(queue->engine->history, job->transition->id);
	jobs_insert(&queue->jobs, job);
	return 0;
}

/* -------------------------------------------------------------------- life */

int change_queue_new(struct engine *engine, const struct changes_observers *observers,
		     const struct patch_backend *backend, void *userdata, struct change_queue **ret)
{
	_cleanup_(change_queue_freep) struct change_queue *queue = calloc(1, sizeof(*queue));
	int r;

	if (!queue)
		return -ENOMEM;
	queue->engine = engine;
	queue->observers = observers;
	queue->backend = backend;
	queue->userdata = userdata;
	TAILQ_INIT(&queue->jobs);
	r = sd_event_add_time_relative(engine->event, &queue->timer, CLOCK_MONOTONIC, 0, 1, on_timer, queue);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(queue);
	return 0;
}

struct change_queue *change_queue_free(struct change_queue *queue)
{
	jobs_clear(&queue->jobs);
	sd_event_source_disable_unref(queue->timer);
	free(queue);
	return NULL;
}
