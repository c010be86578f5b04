// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/batch.h"
#include "engine/helper.h"
#include "engine/history.h"
#include "engine/job.h"
#include "engine/relations.h"
#include "engine/stacking-blame.h"
#include "engine/stacking-copy.h"
#include "engine/stacking.h"
#include "engine/tracing-call.h"
#include "engine/trials.h"
#include "kernel/klp-sysfs.h"
#include "model/stack-change.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/installed.h"

/* While a job is there. */
#define POLL_USEC (200 * USEC_PER_MSEC)
/* A module may be held for a moment by whoever looks at it. */
#define REMOVE_USEC (15 * USEC_PER_SEC)
/* What a child may take. A patch's own init runs in it. */
#define OPERATION_USEC (120 * USEC_PER_SEC)

/**
 * struct stacking - all loads, unloads and orders
 * @jobs: one of those that were asked for runs, the others wait; those of others are among them
 * @copy: what the helper shows
 * @acting: a child works for this job; NULL: there is none
 * @step: what it does
 */
struct stacking {
	struct manager *manager;
	struct jobs jobs;
	struct stacking_copy *copy;
	sd_event_source *timer;
	struct job *acting;
	enum stack_step step;
};

static void schedule(struct stacking *st, uint64_t usec)
{
	(void)sd_event_source_set_time_relative(st->timer, usec);
	(void)sd_event_source_set_enabled(st->timer, SD_EVENT_ONESHOT);
}

static void save(struct stacking *st, const struct job *job)
{
	int r = job_save(job, st->manager->store);

	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, job->transition->id, "Cannot store what becomes of %s: %s",
			      job->transition->subject, strerror(-r));
}

static struct patch *find_patch(struct stacking *st, const char *name)
{
	struct patch *patch = patches_find(&st->manager->patches, name);

	return patch && patch->backend == PATCH_HELPER ? patch : NULL;
}

static struct job *running_job(struct stacking *st)
{
	struct job *job;

	TAILQ_FOREACH(job, &st->jobs, link)
		if (!job->change.foreign && job_running(job))
			return job;
	return NULL;
}

struct transition *stacking_current(struct manager *m, bool *ret_patching)
{
	struct job *job = running_job(m->stacking), *other;

	TAILQ_FOREACH(other, &m->stacking->jobs, link)
		if (other->change.foreign && (!job || (job_running(other) && !job_running(job))))
			job = other;
	if (!job)
		return NULL;
	*ret_patching = job->change.unload == job->change.reversing;
	return job->transition;
}

static void finish(struct stacking *st, struct job *job, enum transition_state state, const char *message)
{
	struct transition *transition = job->transition;
	struct manager *m = st->manager;
	uint32_t uid = job->change.foreign ? UINT32_MAX : job->uid;
	uint64_t now = lpd_now_realtime();
	int r;

	TAILQ_REMOVE(&st->jobs, job, link);
	trials_settled(m->trials, transition);
	history_add(m->history, transition, state, message, now, uid);
	r = job_forget(job, m->store, find_patch(st, job->name));
	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, transition->id, "Cannot store what became of %s: %s",
			      transition->subject, strerror(-r));
	transition_set_error(transition, job->helper.failed.kind);
	transition_finish(transition, state, message, now);
	history_settled(m->history, transition, uid);
	(void)job_free(job);
	batch_look(m->batch, transition);
	schedule(st, 0);
}

static void undone(struct stacking *st, struct job *job)
{
	if (job->helper.failed.kind != FAILURE_NONE)
		finish(st, job, TRANSITION_FAILED, failure_message(&job->helper.failed));
	else
		finish(st, job, TRANSITION_REVERSED, job->change.reversing ? NULL : "Somebody else turned it back.");
}

/* It cannot be done: what has been done of it is undone. */
static void give_up(struct job *job, enum failure_kind kind, const char *message)
{
	(void)failure_set(&job->helper.failed, kind, "%s", message);
	job->change.reversing = true;
}

/* ------------------------------------------------------------ the kernel */

static void inserted(struct stacking *st, struct job *job, int r, struct failure *failure)
{
	struct klp_status status;

	if (r >= 0)
		return;
	/* The killed daemon's child was at it until now. */
	if (TAKE(job->resumed, false) && klp_read_status(&st->manager->setup.root, job->name, &status) >= 0 &&
	    status.module != KLP_MODULE_ABSENT)
		return;
	job->helper.brings_module = false;
	if (failure->kind != FAILURE_NONE)
		give_up(job, failure->kind, failure_message(failure));
	else
		give_up(job, FAILURE_KERNEL_REFUSED, strerror(-r));
}

static void removed(struct stacking *st, struct job *job, int r)
{
	bool held = r == -EAGAIN || r == -EBUSY;
	_cleanup_free_ char *message = NULL;

	if (r >= 0) {
		job->remove_until = 0;
		return;
	}
	if (held && lpd_now_monotonic() < job->remove_until)
		return;
	if (asprintf(&message, "%s%s%s is not applied, but its module cannot be removed: %s.",
		     job->helper.failed.message ?: "", job->helper.failed.message ? " And " : "", job->name,
		     held ? "somebody holds it" : strerror(-r)) < 0)
		message = NULL;
	finish(st, job, TRANSITION_FAILED, message);
}

/* The change has settled; only what the next boot does is in question. */
static void persisted(struct stacking *st, struct job *job, int r, struct failure *failure)
{
	_cleanup_free_ char *message = job_persisted(job, r, failure);

	if (r < 0)
		finish(st, job, TRANSITION_FAILED, message);
}

static void on_operation(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct stacking *st = userdata;
	struct job *job = TAKE_PTR(st->acting);

	if (job_lost_child(job, r)) {
		schedule(st, POLL_USEC);
		return;
	}
	if (st->step == STACK_BLAME)
		stacking_blamed(job, result);
	else if (st->step == STACK_INSERT)
		inserted(st, job, r, failure);
	else if (st->step == STACK_REMOVE)
		removed(st, job, r);
	else
		persisted(st, job, r, failure);
	/* Not at once after a failure, or a refusal would be asked for as fast as can be. */
	schedule(st, r < 0 ? POLL_USEC : 0);
}

static operation_work_t work_of(const struct kernel_ops *kernel, enum stack_step step, const char **ret_what)
{
	switch (step) {
	case STACK_INSERT:
		*ret_what = "load a patch";
		return kernel->insert;
	case STACK_INSTALL:
		*ret_what = "install a patch";
		return kernel->install;
	case STACK_UNINSTALL:
		*ret_what = "take a patch out of the installed ones";
		return kernel->uninstall;
	default:
		*ret_what = "remove a patch";
		return kernel->remove;
	}
}

static int operate(struct stacking *st, struct job *job, enum stack_step step)
{
	struct manager *m = st->manager;
	const struct kernel_request request = {
		.root = m->setup.root,
		.name = job->name,
		.file = job->file,
		.sha256 = job->sha256,
		.trial = job->persist || installed_is_file(m->setup.state, job->file),
		.state = m->setup.state,
		.confs = m->setup.confs,
	};
	operation_work_t work;
	const char *what;
	int r;

	if (st->acting)
		return 0;
	if (step == STACK_REMOVE && job->remove_until == 0)
		job->remove_until = lpd_now_monotonic() + REMOVE_USEC;
	work = work_of(m->setup.kernel, step, &what);
	r = operation_start(m->operations, what, OPERATION_USEC, work, &request, on_operation, st);
	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	st->acting = job;
	st->step = step;
	return 0;
}

/* The helper knows that a function is held, but not by whom. Its functions are known as long as its module is there. */
static int blame(struct stacking *st, struct job *job)
{
	int r;

	if (st->acting)
		return 0;
	job->helper.blamed = true;
	r = stacking_blame(st->manager, find_patch(st, job->name), on_operation, st);
	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	st->acting = job;
	st->step = STACK_BLAME;
	return 0;
}

/* ------------------------------------------------------------ the helper */

static struct stacking *stacking_of(const struct job *job)
{
	struct manager *m = job->transition->owner->userdata;

	return m->stacking;
}

static int encode_request(struct nl_msg *message, const void *argument)
{
	const struct job *job = argument;

	if (job->helper.names)
		return codec_encode_order(message, job->helper.names, &job->helper.how);
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
	save(stacking_of(job), job);
}

static void on_request_done(int error, const char *message, void *userdata)
{
	struct job *job = userdata;
	struct stacking *st = stacking_of(job);

	job->helper.asking = false;
	/* It is so already, or the helper has gone: what is read next tells. */
	if (error < 0 && error != -EALREADY && (error != -ENODEV || *message))
		give_up(job, tracing_failure_kind(error), *message ? message : strerror(-error));
	schedule(st, 0);
}

static int ask(struct stacking *st, struct job *job)
{
	uint8_t command = LPH_CMD_APPLY_PATCH;
	int r;

	if (!helper_is_up(st->manager->helper))
		return 0;
	if (job->helper.names)
		command = LPH_CMD_ORDER_PATCHES;
	else if (job->change.unload)
		command = LPH_CMD_REMOVE_PATCH;
	r = helper_request(st->manager, command, encode_request, job, on_requested, on_request_done, job);
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
	schedule(stacking_of(job), 0);
}

static int cancel(struct stacking *st, struct job *job)
{
	int r;

	if (job->helper.cancelled || !helper_is_up(st->manager->helper))
		return 0;
	r = helper_request(st->manager, LPH_CMD_CANCEL_TRANSITION, encode_cancel, job, NULL, on_cancel_done, job);
	job->helper.cancelled = job->helper.asking = r >= 0;
	return r;
}

/* --------------------------------------------------------------- driving */

static int see(struct stacking *st, const struct job *job, struct stack_seen *ret)
{
	struct patch *patch = find_patch(st, job->name);
	struct klp_status status = { 0 };
	int r;

	if (!job->helper.names) {
		r = klp_read_status(&st->manager->setup.root, job->name, &status);
		if (r < 0)
			return r;
	}
	*ret = (struct stack_seen){
		.module = status.module,
		.registered = patch,
		.state = patch ? patch->state : PATCH_LOADED,
		.in_order = job->helper.names && stacking_copy_is_order(st->manager, job->helper.names),
		.pending = job->helper.id != 0 && !job->helper.settled,
	};
	return 0;
}

static enum stack_step next_step(const struct job *job, const struct stack_seen *seen)
{
	if (job->helper.names)
		return stack_next_order(&job->change, seen);
	if (job->change.unload)
		return stack_next_unload(&job->change, seen);
	return stack_next_load(&job->change, job->helper.brings_module, seen);
}

/* 0: what is to be installed, or no more, has yet to be. */
static int done(struct stacking *st, struct job *job)
{
	if (job->persist && !job->change.reversing)
		return operate(st, job, job->change.unload ? STACK_UNINSTALL : STACK_INSTALL);
	failure_clear(&job->helper.failed);
	finish(st, job, TRANSITION_DONE,
	       job->change.reversing ? "It was complete before it could be turned back." : NULL);
	return 0;
}

/* Brings a running job a step further. */
static int advance(struct stacking *st, struct job *job)
{
	struct stack_seen seen;
	enum stack_step step;
	int r;

	if (job_check_deadline(job) > 0)
		save(st, job);
	if (job->helper.asking || st->acting == job)
		return 0;
	r = see(st, job, &seen);
	if (r < 0)
		return r;

	if (job->helper.settled && job->helper.failed.kind == FAILURE_CONFLICT && !job->helper.blamed)
		return blame(st, job);

	step = next_step(job, &seen);
	switch (step) {
	case STACK_WAIT:
		return 0;
	case STACK_REQUEST:
		return ask(st, job);
	case STACK_CANCEL:
		return cancel(st, job);
	case STACK_DONE:
		return done(st, job);
	case STACK_UNDONE:
		undone(st, job);
		return 0;
	default:
		return operate(st, job, step);
	}
}

/* What others asked for. */
static void settle_foreign(struct stacking *st)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&st->jobs); job; job = next) {
		next = TAILQ_NEXT(job, link);
		if (!job->change.foreign || !job->helper.settled)
			continue;
		if (job->helper.reversed || job->helper.failed.kind != FAILURE_NONE)
			undone(st, job);
		else
			(void)done(st, job);
	}
}

/* The copy is as the helper is. */
static void on_copied(void *userdata)
{
	struct stacking *st = userdata;
	struct manager *m = st->manager;
	struct job *job;
	int r = 0;

	settle_foreign(st);
	job = running_job(st);
	if (!job) {
		TAILQ_FOREACH(job, &st->jobs, link)
			if (!job->change.foreign)
				break;
		if (job) {
			job_start(job);
			save(st, job);
		}
	}
	if (job)
		r = advance(st, job);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot follow the helper's patches: %s", strerror(-r));

	manager_ready(m);
	manager_update(m);
}

void stacking_look(struct manager *m)
{
	stacking_copy_read(m->stacking->copy);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct stacking *st = userdata;

	(void)source;
	(void)usec;
	if (!TAILQ_EMPTY(&st->jobs))
		schedule(st, POLL_USEC);
	stacking_copy_read(st->copy);
	return 0;
}

void stacking_transition_event(struct manager *m, const struct codec_transition *seen)
{
	/* A short one would be over before it is read. */
	stacking_copy_transition(m->stacking->copy, seen, true);
	stacking_copy_read(m->stacking->copy);
	if (!TAILQ_EMPTY(&m->stacking->jobs))
		schedule(m->stacking, POLL_USEC);
}

void stacking_down(struct manager *m)
{
	struct job *job;

	/* Its ids begin anew when it comes back. */
	TAILQ_FOREACH(job, &m->stacking->jobs, link) {
		job->helper.settled = job->helper.id != 0;
		if (job->change.foreign && job->helper.failed.kind == FAILURE_NONE)
			(void)failure_set(&job->helper.failed, FAILURE_HELPER_MISSING, "The helper was unloaded.");
	}
	stacking_copy_clear(m->stacking->copy);
}

/* -------------------------------------------------------------- requests */

struct transition *stacking_pending(struct manager *m, const char *name, bool *ret_unload)
{
	struct job *job = jobs_find(&m->stacking->jobs, name, false);

	if (!job)
		return NULL;
	*ret_unload = job->change.unload;
	return job->transition;
}

bool stacking_knows(struct manager *m, const char *name)
{
	return find_patch(m->stacking, name) || jobs_find(&m->stacking->jobs, name, false);
}

static int add_job(struct stacking *st, const struct patching_request *request, const struct change *change,
		   struct job_helper *helper, struct transition **ret)
{
	struct manager *m = st->manager;
	_cleanup_free_ char *file = NULL, *sha256 = NULL;
	struct job *job;
	uint64_t id;
	int r;

	if (!change->unload && !helper->names) {
		file = strdup(request->file);
		sha256 = strdup(request->sha256);
		if (!file || !sha256)
			return -ENOMEM;
	}
	r = store_next_id(m->store, &id);
	if (r < 0)
		return r;
	helper->is = true;
	helper->how = request->how;
	r = job_new(&m->transitions, helper->names ? STORE_ORDER : request->name, id, change, helper, 0, &job);
	if (r < 0)
		return r;
	helper->names = NULL;
	job->file = TAKE_PTR(file);
	job->sha256 = TAKE_PTR(sha256);
	job->timeout_usec = request->timeout_usec;
	/* The helper forces nothing; who asked for it by name has been told. */
	job->on_timeout = request->on_timeout == ON_TIMEOUT_FORCE ? ON_TIMEOUT_REVERSE : request->on_timeout;
	job->persist = request->persist;
	job->uid = request->uid;
	TAILQ_INSERT_TAIL(&st->jobs, job, link);

	r = job_save(job, m->store);
	if (r < 0) {
		finish(st, job, TRANSITION_FAILED, strerror(-r));
		return r;
	}
	*ret = job->transition;
	schedule(st, 0);
	return 0;
}

/* The patch is there: 1 if it is or is becoming what a load would make of it, with its transition or NULL. */
static int check_loaded(struct stacking *st, const struct patching_request *request, const struct patch *patch,
			struct transition **ret, struct failure *failure)
{
	struct job *job = jobs_find(&st->jobs, request->name, true);
	int r;

	r = relations_check_same(st->manager, request, failure);
	if (r < 0)
		return r;
	if (job && job->change.unload)
		return job_in_the_way(job, failure);
	if (!job && (patch->state == PATCH_LOADED || request->persist))
		return 0;
	*ret = job ? job->transition : NULL;
	return 1;
}

int stacking_load(struct manager *m, const struct patching_request *request, struct transition **ret,
		  struct failure *failure)
{
	struct stacking *st = m->stacking;
	struct job *job = jobs_find(&st->jobs, request->name, false);
	struct patch *patch = find_patch(st, request->name);
	const struct change change = { 0 };
	struct job_helper helper = { 0 };
	struct klp_status status;
	int r;

	if (job) {
		if (job->change.unload || job->change.reversing || !lpd_streq(job->sha256, request->sha256))
			return job_in_the_way(job, failure);
		*ret = job->transition;
		return 0;
	}
	r = klp_read_status(&m->setup.root, request->name, &status);
	if (r < 0)
		return r;
	if (patch) {
		r = check_loaded(st, request, patch, ret, failure);
		if (r != 0)
			return r < 0 ? r : 0;
	} else if (status.module != KLP_MODULE_ABSENT) {
		return failure_set(failure, FAILURE_CONFLICT,
				   "A module %s that is no patch of livepatch_helper is loaded; remove it first.",
				   request->name);
	}
	r = relations_check_load(m, request, failure);
	if (r < 0)
		return r;
	helper.brings_module = status.module == KLP_MODULE_ABSENT;
	return add_job(st, request, &change, &helper, ret);
}

int stacking_unload(struct manager *m, const struct patching_request *request, struct transition **ret,
		    struct failure *failure)
{
	struct stacking *st = m->stacking;
	struct job *job = jobs_find(&st->jobs, request->name, false);
	const struct change change = { .unload = true };
	struct job_helper helper = { 0 };
	int r;

	if (job) {
		if (!job->change.unload || job->change.reversing)
			return job_in_the_way(job, failure);
		*ret = job->transition;
		return 0;
	}
	r = relations_check_unload(m, request, failure);
	if (r < 0)
		return r;
	return add_job(st, request, &change, &helper, ret);
}

int stacking_order(struct manager *m, const char *names, const struct patching_request *request,
		   struct transition **ret, struct failure *failure)
{
	struct stacking *st = m->stacking;
	struct job *job = TAILQ_FIRST(&st->jobs);
	const struct change change = { 0 };
	struct job_helper helper = { 0 };
	int r;

	/* What is applied when its turn comes has to be known. */
	if (job)
		return job_in_the_way(job, failure);
	r = stacking_copy_check_order(m, names, failure);
	if (r < 0)
		return r;
	if (stacking_copy_is_order(m, names)) {
		*ret = NULL;
		return 0;
	}
	helper.names = strdup(names);
	if (!helper.names)
		return -ENOMEM;
	r = add_job(st, request, &change, &helper, ret);
	free(helper.names);
	return r;
}

static struct job *job_of(struct stacking *st, const struct transition *transition)
{
	struct job *job;

	TAILQ_FOREACH(job, &st->jobs, link)
		if (job->transition == transition)
			return job;
	return NULL;
}

bool stacking_owns(struct manager *m, const struct transition *transition)
{
	return job_of(m->stacking, transition);
}

int stacking_cancel(struct manager *m, struct transition *transition, struct failure *failure)
{
	struct stacking *st = m->stacking;
	struct job *job = job_of(st, transition);

	if (job->change.reversing)
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL, "Transition %ju is being turned back already.",
				   (uintmax_t)transition->id);
	if (!job->change.foreign && !job_running(job)) {
		finish(st, job, TRANSITION_CANCELLED, "It was cancelled before its turn came.");
		return 0;
	}
	if (job->helper.settled)
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL,
				   "The tasks have moved already: transition %ju is about to settle.",
				   (uintmax_t)transition->id);
	transition_start(transition, 0);
	job_reverse(job, "It was cancelled.");
	save(st, job);
	schedule(st, 0);
	return 0;
}

/* ------------------------------------------------------------------- life */

static int resume(struct stacking *st, const struct store_record *record)
{
	struct job *job;
	int r;

	r = job_from_record(&st->manager->transitions, record, &job);
	if (r < 0)
		return r;
	lpd_log_about(LOG_INFO, job->name, job->transition->id, "Going on with the %s of %s.",
		      transition_kind_name(job->transition->kind), job->transition->subject);
	history_take_back(st->manager->history, job->transition->id);
	jobs_insert(&st->jobs, job);
	return 0;
}

int stacking_resume(struct manager *m)
{
	struct store_record *record;
	int r;

	for (record = store_first(m->store); record; record = LIST_NEXT(record, link)) {
		if (!record->has_change || !record->helper)
			continue;
		r = resume(m->stacking, record);
		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			lpd_log_about(LOG_WARNING, record->name, 0, "Cannot go on with the change of %s: %s",
				      record->name, strerror(-r));
			store_clear_change(record);
		}
	}
	return 0;
}

int stacking_new(struct manager *m, struct stacking **ret)
{
	_cleanup_(stacking_freep) struct stacking *st = calloc(1, sizeof(*st));
	int r;

	if (!st)
		return -ENOMEM;
	st->manager = m;
	TAILQ_INIT(&st->jobs);
	r = sd_event_add_time_relative(m->event, &st->timer, CLOCK_MONOTONIC, 0, 1, on_timer, st);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(st->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = stacking_copy_new(m, &st->jobs, on_copied, st, &st->copy);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(st);
	return 0;
}

struct stacking *stacking_free(struct stacking *st)
{
	jobs_clear(&st->jobs);
	sd_event_source_disable_unref(st->timer);
	if (st->copy)
		(void)stacking_copy_free(st->copy);
	free(st);
	return NULL;
}
