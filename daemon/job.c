// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "job.h"
#include "util/time-util.h"

struct job *job_free(struct job *job)
{
	free(job->name);
	free(job->file);
	free(job->sha256);
	free(job);
	return NULL;
}

int job_new(struct transitions *transitions, const char *name, uint64_t id, const struct change *change,
	    uint64_t queued_at, struct job **ret)
{
	_cleanup_(job_freep) struct job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	job->change = *change;
	job->name = strdup(name);
	if (!job->name)
		return -ENOMEM;
	r = transition_new(transitions, id, change->unload ? TRANSITION_UNLOAD : TRANSITION_LOAD, name, "", queued_at,
			   &job->transition);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(job);
	return 0;
}

struct job *jobs_find(struct jobs *jobs, const char *name, bool foreign)
{
	struct job *job;

	TAILQ_FOREACH(job, jobs, link)
		if (job->change.foreign == foreign && lpd_streq(job->name, name))
			return job;
	return NULL;
}

bool job_running(const struct job *job)
{
	return job && job->transition->state == TRANSITION_RUNNING;
}

void job_start(struct job *job)
{
	if (job->timeout_usec > 0) {
		job->deadline = lpd_now_monotonic() + job->timeout_usec;
		transition_set_deadline(job->transition, lpd_now_realtime() + job->timeout_usec);
	}
	transition_start(job->transition, 0);
}

void job_reverse(struct job *job, const char *why)
{
	job->change.foreign = false;
	job->change.reversing = true;
	job->deadline = 0;
	transition_say(job->transition, why);
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
	}
	store_clear_change(record);
	record->requested_by = job->uid;
	record->has_change = true;
	record->change = (struct store_change){
		.id = transition->id,
		.unload = job->change.unload,
		.running = job_running(job),
		.acted = job->change.acted,
		.reversing = job->change.reversing,
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

int job_from_record(struct transitions *transitions, const struct store_record *record, struct job **ret)
{
	const struct store_change *stored = &record->change;
	struct change change = {
		.unload = stored->unload,
		.acted = stored->acted,
		.reversing = stored->reversing,
	};
	_cleanup_free_ char *file = NULL, *sha256 = NULL;
	struct job *job;
	int r;

	if (!stored->unload) {
		if (!record->file || !record->sha256)
			return -EBADMSG;
		file = strdup(record->file);
		sha256 = strdup(record->sha256);
		if (!file || !sha256)
			return -ENOMEM;
	}

	r = job_new(transitions, record->name, stored->id, &change, stored->queued_at, &job);
	if (r < 0)
		return r;
	job->file = TAKE_PTR(file);
	job->sha256 = TAKE_PTR(sha256);
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
