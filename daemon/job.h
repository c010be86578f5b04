/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_JOB_H
#define LIVEPATCHD_JOB_H

#include <sys/queue.h>

#include "change.h"
#include "config.h"
#include "store.h"
#include "transition.h"

/**
 * struct job - a load or unload of a kernel livepatch that has not settled
 * @name: the patch's; owned
 * @file: a load's file; owned
 * @sha256: of that file; owned
 * @transition: what the bus sees of it; it settles when the job ends
 * @change: what is wanted
 * @timeout_usec: as asked for
 * @on_timeout: likewise
 * @persist: install it when it is loaded, uninstall it when it is unloaded
 * @verified: the kernel patches what it has to
 * @forcing: its transition is to be forced
 * @uid: who asked
 * @deadline: CLOCK_MONOTONIC, 0: none (any more)
 * @resumed: begun by a daemon that was killed, whose child may still be at it
 * @remove_until: CLOCK_MONOTONIC, when trying to remove the module ends; 0: not begun
 */
struct job {
	TAILQ_ENTRY(job) link;
	char *name;
	char *file;
	char *sha256;
	struct transition *transition;
	struct change change;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	bool persist;
	bool verified;
	bool forcing;
	uint32_t uid;
	uint64_t deadline;
	bool resumed;
	uint64_t remove_until;
};

TAILQ_HEAD(jobs, job);

/**
 * job_new - make a job and its transition
 * @id: the transition's
 * @queued_at: the transition's, 0: now
 */
int job_new(struct transitions *transitions, const char *name, uint64_t id, const struct change *change,
	    uint64_t queued_at, struct job **ret);

/** job_free - free a job; its transition stays */
struct job *job_free(struct job *job);
DEFINE_CLEANUP(struct job *, job_free)

/** jobs_find - the job of the patch @name that somebody else began, or that was asked for */
struct job *jobs_find(struct jobs *jobs, const char *name, bool foreign);

/** job_running - its turn has come; @job may be NULL */
bool job_running(const struct job *job);

/** job_start - its turn has come: time runs */
void job_start(struct job *job);

/** job_reverse - turn it back */
void job_reverse(struct job *job, const char *why);

/**
 * job_save - write it to the store: a daemon that is killed in the next moment
 * has a successor that knows of it. Somebody else's job is not ours to resume.
 */
int job_save(const struct job *job, struct store *store);

/** job_from_record - make the job again that @record has a change of */
int job_from_record(struct transitions *transitions, const struct store_record *record, struct job **ret);

#endif
