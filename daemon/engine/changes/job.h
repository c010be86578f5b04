/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_JOB_H
#define LIVEPATCHD_JOB_H

#include <sys/queue.h>

#include "engine/store.h"
#include "model/change.h"
#include "model/config.h"
#include "model/transition.h"
#include "wire/codec.h"

struct change_queue;

/**
 * struct job_helper - what a job of the helper's patches has besides
 * @brings_module: the module was not there when the load was asked for
 * @how: how the helper's transition is to be
 * @id: that transition's; 0: there is none (yet)
 * @asking: a request to the helper is not answered
 * @cancelled: the helper has been told to turn it back
 * @seen: the transition was in the dump that is being read
 * @settled: the transition has
 * @reversed: it was turned back
 * @holders_sought: whoever stood in its way has been looked for
 */
struct job_helper {
	bool brings_module;
	struct codec_change how;
	uint64_t id;

	/* not stored */
	bool asking;
	bool cancelled;
	bool seen;
	bool settled;
	bool reversed;
	bool holders_sought;
};

/**
 * struct job - a load or unload of a patch, or another order of them, that has not settled
 * @queue: which it is in
 * @backend: whose patches they are
 * @name: the patch's, or STORE_ORDER; owned
 * @names: all applied patches from bottom to top, separated by spaces: they are to be stacked
 *	anew; owned; NULL: it is a load or unload
 * @file: a load's file; owned
 * @sha256: of that file; owned
 * @replace: whether that replaces the patches before it
 * @transition: what the bus sees of it; it settles when the job ends
 * @change: what is wanted
 * @helper: the same of the helper's patches
 * @failed: why it is given up; FAILURE_NONE: it is not
 * @timeout_usec: as asked for
 * @on_timeout: likewise
 * @persist: install it when it is loaded, uninstall it when it is unloaded
 * @verified: the kernel patches what it has to
 * @forcing: its transition is to be forced
 * @recorded: the journal has whom that leaves behind
 * @uid: who asked
 * @deadline: CLOCK_MONOTONIC, 0: none (any more)
 * @resumed: begun by a daemon that was killed, whose child may still be at it
 * @lost_child: a child of it has died of something
 * @remove_until: CLOCK_MONOTONIC, when trying to remove the module ends; 0: not begun
 */
struct job {
	TAILQ_ENTRY(job) link;
	struct change_queue *queue;
	enum patch_backend_id backend;
	char *name;
	char *names;
	char *file;
	char *sha256;
	enum klp_replace replace;
	struct transition *transition;
	struct change change;
	struct job_helper helper;
	struct failure failed;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	bool persist;
	bool verified;
	bool forcing;
	bool recorded;
	uint32_t uid;
	uint64_t deadline;
	bool resumed;
	bool lost_child;
	uint64_t remove_until;
};

TAILQ_HEAD(jobs, job);

/**
 * job_new - make a job and its transition
 * @backend: as in struct job, like the next two, which are copied
 * @id: the transition's
 * @change: what is wanted
 * @helper: as far as it is known; NULL: the patches are not the helper's
 * @queued_at: the transition's, 0: now
 */
int job_new(struct transitions *transitions, enum patch_backend_id backend, const char *name, const char *names,
	    uint64_t id, const struct change *change, const struct job_helper *helper, uint64_t queued_at,
	    struct job **ret);

/** job_set_file - what a load loads */
int job_set_file(struct job *job, const char *file, const char *sha256);

/** job_free - free a job; its transition stays */
struct job *job_free(struct job *job);
DEFINE_CLEANUP(struct job *, job_free)

/** jobs_clear - free all jobs; their transitions stay */
void jobs_clear(struct jobs *jobs);

/** jobs_find - the job of the patch @name that somebody else began, or that was asked for */
struct job *jobs_find(struct jobs *jobs, const char *name, bool foreign);

/** job_running - its turn has come; @job may be NULL */
bool job_running(const struct job *job);

/** job_begin_timeout - its time, if it has any, runs from now on */
void job_begin_timeout(struct job *job);

/** job_start - its turn has come: time runs */
void job_start(struct job *job);

/** job_reverse - turn it back */
void job_reverse(struct job *job, const char *why);

/**
 * job_lost_child - whether to look again, since the child that ended with @r was killed
 *
 * It may have done what it was to do, or not: what the kernel shows tells. Once,
 * since it may be the patch that kills.
 */
bool job_lost_child(struct job *job, int r);

/** job_in_the_way - say that @job has to settle before something else can be done; returns -EBADE */
int job_in_the_way(const struct job *job, struct failure *failure);

/**
 * job_persisted - what came of writing down what the next boot does
 *
 * The change itself has settled before.
 *
 * Return: what there is to say of a failure, to be freed; NULL: it is written, or there is no memory to say it.
 */
char *job_persisted(struct job *job, int r, const struct failure *failure);

/**
 * job_check_deadline - do what is to be done with a running job whose time is over
 *
 * Return: 1 it is over now, and the job has changed; 0: not.
 */
int job_check_deadline(struct job *job);

/**
 * job_save - write it to the store: a daemon that is killed in the next moment
 * has a successor that knows of it. Somebody else's job is not ours to resume.
 */
int job_save(const struct job *job, struct store *store);

/** job_forget - it has settled: the store keeps of it what is known of a patch that is @there */
int job_forget(const struct job *job, struct store *store, bool there);

/** jobs_insert - add a job that the store had: the running ones first, the others as they were queued */
void jobs_insert(struct jobs *jobs, struct job *job);

/** job_from_record - make the job again that @record has a change of */
int job_from_record(struct transitions *transitions, const struct store_record *record, struct job **ret);

#endif
