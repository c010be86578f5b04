// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/changes/job.h"
#include "messages.h"
#include "model/helper-names.h"
#include "util/log.h"
#include "util/time-util.h"

struct job *job_free(struct job *job)
{
	free(job->name);
	free(job->names);
	free(job->file);
	free(job->sha256);
	failure_clear(&job->failed);
	free(job);
	return NULL;
}

static enum transition_kind kind_of(const struct job *job)
{
	if (job->names)
		return TRANSITION_ORDER;
	return job->change.unload ? TRANSITION_UNLOAD : TRANSITION_LOAD;
}

int job_new(struct transitions *transitions, enum patch_backend_id backend, const char *name, const char *names,
	    uint64_t id, const struct change *change, const struct job_helper *helper, uint64_t queued_at,
	    struct job **ret)
{
	_cleanup_(job_freep) struct job *job = calloc(1, sizeof(*job));
	const char *strategy = "", *consistency = "";
	int r;

	if (!job)
		return -ENOMEM;
	job->backend = backend;
	job->change = *change;
	if (helper) {
		job->helper = *helper;
		strategy = strategy_name(helper->how.strategy);
		consistency = consistency_name(helper->how.consistency);
	}
	job->name = strdup(name);
	job->names = names ? strdup(names) : NULL;
	if (!job->name || (names && !job->names))
		return -ENOMEM;
	r = transition_new(transitions, id, kind_of(job), names ?: name, strategy, consistency, queued_at,
			   &job->transition);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(job);
	return 0;
}

int job_set_file(struct job *job, const char *file, const char *sha256)
{
	job->file = strdup(file);
	job->sha256 = strdup(sha256);
	return job->file && job->sha256 ? 0 : -ENOMEM;
}

struct job *jobs_find(struct jobs *jobs, const char *name, bool foreign)
{
	struct job *job;

	TAILQ_FOREACH(job, jobs, link)
		if (job->change.foreign == foreign && lpd_streq(job->name, name))
			return job;
	return NULL;
}

void jobs_clear(struct jobs *jobs)
{
	struct job *job;

	while ((job = TAILQ_FIRST(jobs))) {
		TAILQ_REMOVE(jobs, job, link);
		(void)job_free(job);
	}
}

bool job_running(const struct job *job)
{
	return job && job->transition->state == TRANSITION_RUNNING;
}

void job_begin_timeout(struct job *job)
{
	if (job->timeout_usec == 0)
		return;
	job->deadline = lpd_now_monotonic() + job->timeout_usec;
	transition_set_deadline(job->transition, lpd_now_realtime() + job->timeout_usec);
}

void job_start(struct job *job)
{
	job_begin_timeout(job);
	transition_start(job->transition, 0);
}

void job_reverse(struct job *job, const char *why)
{
	job->change.foreign = false;
	job->change.reversing = true;
	job->deadline = 0;
	transition_say(job->transition, why);
}

bool job_lost_child(struct job *job, int r)
{
	return r == -EPROTO && !TAKE(job->lost_child, true);
}

int job_in_the_way(const struct job *job, struct failure *failure)
{
	const struct transition *transition = job->transition;

	return failure_set(failure, FAILURE_CONFLICT,
			   "The %s of %s is under way (transition %ju); wait for it or cancel it.",
			   transition_kind_name(transition->kind), transition->subject, (uintmax_t)transition->id);
}

char *job_persisted(struct job *job, int r, const struct failure *failure)
{
	char *message = NULL;

	if (r >= 0) {
		job->persist = false;
		return NULL;
	}
	if (asprintf(&message, "%s is %s, but what the next boot loads has not changed: %s", job->name,
		     job->change.unload ? "unloaded" : "loaded",
		     failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r)) < 0)
		return NULL;
	return message;
}

int job_check_deadline(struct job *job)
{
	_cleanup_free_ char *message = NULL;
	char timeout[LPD_TIMESPAN_MAX];
	static const char *const becomes[_ON_TIMEOUT_MAX] = {
		[ON_TIMEOUT_REVERSE] = " and was turned back",
		[ON_TIMEOUT_KEEP] = "; it goes on",
		[ON_TIMEOUT_FORCE] = " and was forced: tasks may have been in the middle of what it changed",
	};

	if (job->deadline == 0 || lpd_now_monotonic() < job->deadline)
		return 0;
	if (asprintf(&message, "It did not settle within %s%s.", lpd_format_timespan(timeout, job->timeout_usec),
		     becomes[job->on_timeout]) < 0) {
		message = NULL;
		return 0;
	}
	lpd_log_event(LOG_WARNING, job->on_timeout == ON_TIMEOUT_FORCE ? MESSAGE_FORCED : MESSAGE_OVERDUE, job->name,
		      job->transition->id, job->uid, "The %s of %s: %s", transition_kind_name(job->transition->kind),
		      job->transition->subject, message);
	if (job->on_timeout == ON_TIMEOUT_REVERSE) {
		job_reverse(job, message);
	} else {
		job->forcing = job->on_timeout == ON_TIMEOUT_FORCE;
		job->deadline = 0;
		transition_say(job->transition, message);
	}
	return 1;
}

int job_save(const struct job *job, struct store *store)
{
	const struct transition *transition = job->transition;
	struct store_record *record;
	int r;

	if (job->change.foreign)
		return 0;
	r = store_add(store, job->name, &record);
	if (r < 0)
		return r;
	if (job->file && job->sha256) {
		r = store_set_file(record, job->file, job->sha256);
		if (r < 0)
			return r;
		if (job->replace != KLP_REPLACE_UNKNOWN)
			record->replace = job->replace;
	}
	store_clear_change(record);
	record->helper = job->backend == PATCH_HELPER;
	record->requested_by = job->uid;
	record->has_change = true;
	record->change = (struct store_change){
		.id = transition->id,
		.unload = job->change.unload,
		.running = job_running(job),
		.acted = job->change.acted,
		.reversing = job->change.reversing,
		.names = job->names ? strdup(job->names) : NULL,
		.brings_module = job->helper.brings_module,
		.helper_id = job->helper.id,
		.strategy = job->helper.how.strategy,
		.consistency = job->helper.how.consistency,
		.message = transition->message ? strdup(transition->message) : NULL,
		.queued_at = transition->queued_at,
		.started_at = transition->started_at,
		.deadline = job->deadline,
		.timeout_usec = job->timeout_usec,
		.on_timeout = job->on_timeout,
		.persist = job->persist,
		.forcing = job->forcing,
	};
	return store_write(store, record);
}

int job_forget(const struct job *job, struct store *store, bool there)
{
	struct store_record *record = store_find(store, job->name);

	if (!record || !record->has_change || record->change.id != job->transition->id)
		return 0;
	store_clear_change(record);
	if (!there) {
		store_remove(store, record);
		return 0;
	}
	return store_write(store, record);
}

void jobs_insert(struct jobs *jobs, struct job *job)
{
	struct job *other;

	TAILQ_FOREACH(other, jobs, link)
		if (!job_running(other) && (job_running(job) || other->transition->id > job->transition->id))
			break;
	if (other)
		TAILQ_INSERT_BEFORE(other, job, link);
	else
		TAILQ_INSERT_TAIL(jobs, job, link);
}

int job_from_record(struct transitions *transitions, const struct store_record *record, struct job **ret)
{
	const struct store_change *stored = &record->change;
	const struct change change = {
		.unload = stored->unload,
		.acted = stored->acted,
		.reversing = stored->reversing,
	};
	const struct job_helper helper = {
		.brings_module = stored->brings_module,
		.how = { .strategy = stored->strategy, .consistency = stored->consistency },
		.id = stored->helper_id,
	};
	bool file = !stored->unload && !stored->names;
	struct job *job;
	int r;

	if (file && (!record->file || !record->sha256))
		return -EBADMSG;
	r = job_new(transitions, record->helper ? PATCH_HELPER : PATCH_KLP, record->name, stored->names, stored->id,
		    &change, record->helper ? &helper : NULL, stored->queued_at, &job);
	if (r < 0)
		return r;
	r = file ? job_set_file(job, record->file, record->sha256) : 0;
	if (r < 0) {
		(void)job_free(job);
		return r;
	}
	job->replace = file ? record->replace : KLP_REPLACE_UNKNOWN;
	job->timeout_usec = stored->timeout_usec;
	job->on_timeout = stored->on_timeout;
	job->persist = stored->persist;
	job->forcing = stored->forcing;
	job->uid = record->requested_by;
	job->resumed = true;
	if (stored->deadline > 0) {
		uint64_t now = lpd_now_monotonic();

		job->deadline = stored->deadline;
		transition_set_deadline(job->transition, lpd_now_realtime() + stored->deadline - now);
	}
	if (stored->message)
		transition_say(job->transition, stored->message);
	if (stored->running)
		transition_start(job->transition, stored->started_at);
	*ret = job;
	return 0;
}
