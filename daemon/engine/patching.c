// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "engine/batch.h"
#include "engine/change-work.h"
#include "engine/history.h"
#include "engine/job.h"
#include "engine/patching.h"
#include "engine/relations.h"
#include "engine/stacking.h"
#include "engine/trials.h"
#include "kernel/klp-sysfs.h"
#include "kernel/task-count.h"
#include "messages.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/installed.h"
#include "worker/force-record.h"

/* While a job is there of which there is no news, or after a module came or went. */
#define POLL_USEC (100 * USEC_PER_MSEC)
/* While there are patches: somebody may write to sysfs. */
#define IDLE_POLL_USEC (2 * USEC_PER_SEC)
/* After news, for what was not to be seen at once: tasks are counted now and then. */
#define NEWS_USEC (500 * USEC_PER_MSEC)
/* A module's init runs after the kernel announces it. */
#define WATCH_USEC (3 * USEC_PER_SEC)
/* The kernel lets a disabled patch's module go a moment later. */
#define REMOVE_USEC (15 * USEC_PER_SEC)
/* What a child may take. A patch's own callbacks run in it. */
#define OPERATION_USEC (120 * USEC_PER_SEC)

/**
 * struct patching - all loads and unloads
 * @jobs: the first one runs if its state is running; the others wait
 * @busy: a child works for the first job
 * @step: what it does
 * @watch_until: CLOCK_MONOTONIC, until then sysfs is looked at often
 * @news_until: likewise, after news
 * @looked: CLOCK_MONOTONIC, when all of it was read last
 * @seen: what the kernel showed of the running job last
 */
struct patching {
	struct manager *manager;
	struct jobs jobs;
	bool busy;
	enum change_step step;
	sd_event_source *timer;
	struct task_count *count;
	uint64_t watch_until;
	uint64_t news_until;
	uint64_t looked;
	struct klp_status seen;
};

static void schedule(struct patching *p, uint64_t usec)
{
	(void)sd_event_source_set_time_relative(p->timer, usec);
	(void)sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

static struct job *current_job(struct patching *p)
{
	struct job *job = TAILQ_FIRST(&p->jobs);

	return job_running(job) ? job : NULL;
}

struct transition *patching_current(struct manager *m, bool *ret_patching)
{
	struct job *job = current_job(m->patching);
	const struct klp_status *seen = &m->patching->seen;

	if (!job)
		return NULL;
	/* The kernel's word, where it is moving tasks; else what is wanted. */
	*ret_patching = seen->registered && seen->transition ? seen->enabled :
							       job->change.unload == job->change.reversing;
	return job->transition;
}

struct transition *patching_pending(struct manager *m, const char *name, bool *ret_unload)
{
	struct job *job = jobs_find(&m->patching->jobs, name, false);

	if (!job)
		return stacking_pending(m, name, ret_unload);
	*ret_unload = job->change.unload;
	return job->transition;
}

bool patching_moves_tasks(struct manager *m)
{
	return m->patching->seen.registered && m->patching->seen.transition;
}

static void save(struct patching *p, const struct job *job)
{
	int r = job_save(job, p->manager->store);

	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, job->transition->id, "Cannot store what becomes of %s: %s", job->name,
			      strerror(-r));
}

static void forget_change(struct manager *m, const struct job *job)
{
	int r = job_forget(job, m->store, patches_find(&m->patches, job->name));

	if (r < 0)
		lpd_log_about(LOG_ERR, job->name, job->transition->id, "Cannot store what became of %s: %s", job->name,
			      strerror(-r));
}

static int add_job(struct patching *p, const struct patching_request *request, bool unload,
		   struct transition **ret);

/* The kernel keeps the modules of those that a cumulative patch has replaced. */
static void remove_replaced(struct patching *p, const struct job *job)
{
	const struct patching_request request = { .uid = job->uid };
	struct transition *transition;
	struct patch *patch;
	int r;

	TAILQ_FOREACH(patch, &p->manager->patches.list, link) {
		struct patching_request unload = request;

		if (!TAKE(patch->dropped, false) || jobs_find(&p->jobs, patch->name, false))
			continue;
		unload.name = patch->name;
		r = add_job(p, &unload, true, &transition);
		if (r < 0)
			lpd_log_about(LOG_WARNING, patch->name, 0, "%s has replaced %s, which stays loaded: %s",
				      job->name, patch->name, strerror(-r));
	}
}

static void finish(struct patching *p, struct job *job, enum transition_state state, const char *message)
{
	struct transition *transition = job->transition;
	struct manager *m = p->manager;
	uint32_t uid = job->change.foreign ? UINT32_MAX : job->uid;
	uint64_t now = lpd_now_realtime();
	int r;

	task_count_stop(p->count);
	TAILQ_REMOVE(&p->jobs, job, link);
	p->seen = (struct klp_status){ 0 };
	/* Whoever hears that it is over must find the patch as it now is. */
	r = patching_reconcile(m);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot read the livepatches: %s", strerror(-r));
	trials_settled(m->trials, transition);
	history_add(m->history, transition, state, message, now, uid);
	forget_change(m, job);
	transition_finish(transition, state, message, now);
	history_settled(m->history, transition, uid);
	/* Whoever else has loaded one may want to remove the others, too. */
	if (state == TRANSITION_DONE && transition->kind == TRANSITION_LOAD && !job->change.foreign)
		remove_replaced(p, job);
	(void)job_free(job);
	batch_look(p->manager->batch, transition);
	schedule(p, 0);
}

/* ------------------------------------------------------------ the kernel */

static void inserted(struct patching *p, struct job *job, int r, struct failure *failure)
{
	const struct klp_root *root = &p->manager->setup.root;
	struct klp_status status;

	if (r >= 0) {
		job->change.acted = true;
		save(p, job);
		return;
	}
	/* Somebody else's transition was first: try again behind it. */
	if (klp_transition_of_other(root, job->name, NULL) > 0)
		return;
	/* The killed daemon's child was at it until now. */
	if (TAKE(job->resumed, false) && klp_read_status(root, job->name, &status) >= 0 &&
	    status.module != KLP_MODULE_ABSENT)
		return;
	transition_set_error(job->transition, failure->kind);
	finish(p, job, TRANSITION_FAILED, failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r));
}

static void removed(struct patching *p, struct job *job, int r)
{
	_cleanup_free_ char *message = NULL;
	bool held = r == -EAGAIN || r == -EBUSY;

	if (r >= 0) {
		job->remove_until = 0;
		return;
	}
	if (held && lpd_now_monotonic() < job->remove_until)
		return;
	if (asprintf(&message, "%s is disabled, but its module cannot be removed: %s.", job->name,
		     held ? "somebody holds it, or a transition of it was forced" : strerror(-r)) < 0)
		message = NULL;
	finish(p, job, TRANSITION_FAILED, message);
}

static void written(struct patching *p, struct job *job, int r)
{
	_cleanup_free_ char *message = NULL;

	if (r >= 0) {
		if (p->step == CHANGE_FORCE) {
			job->forcing = false;
			save(p, job);
		} else if (p->step == CHANGE_DISABLE && job->change.unload) {
			job->change.acted = true;
			save(p, job);
		}
		return;
	}
	/* Somebody else's transition was first, or the kernel is about to complete this one: look again. */
	if (r == -EBUSY || r == -ETIMEDOUT)
		return;
	if (asprintf(&message, "The kernel did not let %s be %s: %s.", job->name,
		     p->step == CHANGE_ENABLE ? "enabled" :
		     p->step == CHANGE_FORCE  ? "forced" :
						"disabled",
		     strerror(-r)) < 0)
		message = NULL;
	finish(p, job, TRANSITION_FAILED, message);
}

static void verified(struct patching *p, struct job *job, int r, struct failure *failure)
{
	_cleanup_free_ char *message = NULL;

	job->verified = true;
	if (r != -EBADE)
		return;
	if (asprintf(&message, "%s is loaded, but %s", job->name, failure_message(failure)) < 0)
		message = NULL;
	finish(p, job, TRANSITION_FAILED, message);
}

/* The change has settled; only what the next boot does is in question. */
static void persisted(struct patching *p, struct job *job, int r, struct failure *failure)
{
	_cleanup_free_ char *message = job_persisted(job, r, failure);

	if (r < 0)
		finish(p, job, TRANSITION_FAILED, message);
}

static void on_operation(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct patching *p = userdata;
	struct job *job = TAILQ_FIRST(&p->jobs);

	p->busy = false;
	if (job_lost_child(job, r)) {
		schedule(p, POLL_USEC);
		return;
	}
	switch (p->step) {
	case CHANGE_INSERT:
		inserted(p, job, r, failure);
		break;
	case CHANGE_REMOVE:
		removed(p, job, r);
		break;
	case CHANGE_RECORD:
		job->recorded = true;
		force_record_tell(job->name, job->transition->id, job->uid, r < 0 ? NULL : result);
		break;
	case CHANGE_VERIFY:
		verified(p, job, r, failure);
		break;
	case CHANGE_INSTALL:
	case CHANGE_UNINSTALL:
		persisted(p, job, r, failure);
		break;
	default:
		written(p, job, r);
		break;
	}
	/* Not at once after a failure, or a refusal would be asked for as fast as can be. */
	schedule(p, r < 0 ? POLL_USEC : 0);
}

static int operate(struct patching *p, struct job *job, enum change_step step)
{
	struct manager *m = p->manager;
	const struct kernel_request request = {
		.root = m->setup.root,
		.name = job->name,
		.file = job->file,
		.sha256 = job->sha256,
		.enable = step == CHANGE_RECORD ? p->seen.enabled : step == CHANGE_ENABLE,
		.trial = job->persist || installed_is_file(m->setup.state, job->file),
		.state = m->setup.state,
		.confs = m->setup.confs,
		.patches = &m->patches,
	};
	operation_work_t work;
	const char *what;
	int r;

	work = change_work(m->setup.kernel, step, &what);
	if (step == CHANGE_REMOVE && job->remove_until == 0)
		job->remove_until = lpd_now_monotonic() + REMOVE_USEC;
	r = operation_start(m->operations, what, OPERATION_USEC, work, &request, on_operation, p);
	if (r == -EAGAIN)
		return 0;
	if (r < 0)
		return r;
	lpd_log_about(LOG_DEBUG, job->name, job->transition->id, "A child is to %s: %s", what, job->name);
	p->busy = true;
	p->step = step;
	return 0;
}

/* --------------------------------------------------------------- driving */

/* Follows a transition that somebody else began. */
static int adopt(struct patching *p, const char *name, bool unload)
{
	struct manager *m = p->manager;
	const struct change change = { .unload = unload, .foreign = true, .acted = true };
	struct job *job;
	uint64_t id;
	int r;

	r = store_next_id(m->store, &id);
	if (r < 0)
		return r;
	r = job_new(&m->transitions, name, id, &change, NULL, 0, &job);
	if (r < 0)
		return r;
	TAILQ_INSERT_HEAD(&p->jobs, job, link);
	lpd_log_about(LOG_INFO, name, id, "Somebody else began to %s %s.", unload ? "disable" : "enable", name);
	job_start(job);
	schedule(p, 0);
	return 0;
}

static int adopt_any(struct patching *p)
{
	struct patch *patch;

	if (current_job(p))
		return 0;
	TAILQ_FOREACH(patch, &p->manager->patches.list, link)
		if (patch->backend == PATCH_KLP &&
		    (patch->state == PATCH_PATCHING || patch->state == PATCH_UNPATCHING))
			return adopt(p, patch->name, patch->state == PATCH_UNPATCHING);
	return 0;
}

/* What has to be seen, and what the next boot does, comes before the end. */
static int done(struct patching *p, struct job *job)
{
	if (!job->change.unload && !job->change.reversing && !job->verified)
		return operate(p, job, CHANGE_VERIFY);
	if (job->persist && !job->change.reversing)
		return operate(p, job, job->change.unload ? CHANGE_UNINSTALL : CHANGE_INSTALL);
	finish(p, job, TRANSITION_DONE,
	       job->change.reversing ? "It was complete before it could be turned back." : NULL);
	return 0;
}

static void reversed(struct patching *p, struct job *job)
{
	finish(p, job, TRANSITION_REVERSED, job->change.reversing ? NULL : "Somebody else turned it back.");
}

/* Brings the running job a step further. */
static int advance(struct patching *p, struct job *job)
{
	const struct klp_root *root = &p->manager->setup.root;
	struct klp_status seen;
	enum change_step step;
	bool changed;
	int r;

	if (job_check_deadline(job) > 0)
		save(p, job);
	r = klp_read_status(root, job->name, &seen);
	if (r < 0)
		return r;
	changed = seen.module != p->seen.module || seen.registered != p->seen.registered ||
		  seen.enabled != p->seen.enabled || seen.transition != p->seen.transition;
	p->seen = seen;
	if (changed) {
		r = patching_reconcile(p->manager);
		if (r < 0)
			return r;
	}
	if (p->seen.registered && p->seen.transition)
		task_count_run(p->count, p->seen.enabled);
	else
		task_count_stop(p->count);

	step = change_next(&job->change, &p->seen);
	switch (step) {
	case CHANGE_WAIT:
		/* What is forced settles; there is nothing to turn back then. */
		if (!job->forcing || !seen.registered || !seen.transition)
			return 0;
		return operate(p, job, job->recorded ? CHANGE_FORCE : CHANGE_RECORD);
	case CHANGE_DONE:
		return done(p, job);
	case CHANGE_REVERSED:
		reversed(p, job);
		return 0;
	case CHANGE_INSERT:
	case CHANGE_ENABLE:
	case CHANGE_DISABLE:
		/* The kernel does one transition at a time, and this may be another's. */
		r = klp_transition_of_other(root, job->name, NULL);
		return r != 0 ? (r < 0 ? r : 0) : operate(p, job, step);
	default:
		return operate(p, job, step);
	}
}

static int start_next(struct patching *p)
{
	struct job *job;
	int r;

	r = patching_reconcile(p->manager);
	if (r < 0)
		return r;
	job = TAILQ_FIRST(&p->jobs);
	if (job && !job_running(job)) {
		patches_forget_dropped(&p->manager->patches);
		job_start(job);
		save(p, job);
	}
	return 0;
}

static int look(struct patching *p)
{
	struct job *job = current_job(p);
	int r;

	if (p->busy)
		return 0;
	if (!job) {
		r = start_next(p);
		job = current_job(p);
	} else if (lpd_now_monotonic() >= p->looked + IDLE_POLL_USEC) {
		r = patching_reconcile(p->manager);
	} else {
		r = 0;
	}
	if (r >= 0 && job)
		r = advance(p, job);
	return r;
}

/* The kernel moves tasks, and nothing else is to be done. */
static bool waits_for_tasks(struct patching *p)
{
	return current_job(p) && !p->busy && p->seen.registered && p->seen.transition;
}

/* When to look again; UINT64_MAX: when there is news. */
static uint64_t next_look(struct patching *p)
{
	const struct job *job = TAILQ_FIRST(&p->jobs);
	uint64_t now = lpd_now_monotonic(), until = IDLE_POLL_USEC;
	bool told = transition_watch_is_on(p->manager->watch);

	if (now < p->watch_until || now < p->news_until)
		return POLL_USEC;
	if (!job)
		return told || TAILQ_EMPTY(&p->manager->patches.list) ? UINT64_MAX : IDLE_POLL_USEC;
	if (!told || !waits_for_tasks(p))
		return POLL_USEC;
	if (job->deadline)
		until = job->deadline > now ? job->deadline - now : 0;
	return until < IDLE_POLL_USEC ? until : IDLE_POLL_USEC;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct patching *p = userdata;
	int enabled = SD_EVENT_OFF, r;
	uint64_t next;

	(void)usec;
	r = look(p);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot follow the kernel's livepatches: %s", strerror(-r));
	manager_update(p->manager);

	/* Whatever has just settled has asked to be called at once. */
	(void)sd_event_source_get_enabled(source, &enabled);
	if (enabled != SD_EVENT_OFF)
		return 0;
	next = next_look(p);
	if (next != UINT64_MAX)
		schedule(p, next);
	return 0;
}

static void on_counted(uint32_t total, uint32_t remaining, void *userdata)
{
	struct patching *p = userdata;
	struct job *job = current_job(p);

	if (job)
		transition_set_tasks(job->transition, total, remaining);
}

int patching_new(struct manager *m, struct patching **ret)
{
	_cleanup_(patching_freep) struct patching *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->manager = m;
	TAILQ_INIT(&p->jobs);
	r = sd_event_add_time_relative(m->event, &p->timer, CLOCK_MONOTONIC, 0, 1, on_timer, p);
	if (r < 0)
		return r;
	r = task_count_new(m->event, m->setup.root.proc, on_counted, p, &p->count);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(p);
	return 0;
}

struct patching *patching_free(struct patching *p)
{
	jobs_clear(&p->jobs);
	sd_event_source_disable_unref(p->timer);
	if (p->count)
		(void)task_count_free(p->count);
	free(p);
	return NULL;
}

void patching_news(struct manager *m, enum transition_news what)
{
	struct patching *p = m->patching;

	p->news_until = lpd_now_monotonic() + NEWS_USEC;
	/* Somebody else may be at it. */
	if (what != TRANSITION_NEWS_SWITCHED)
		p->looked = 0;
	schedule(p, 0);
}

void patching_module_event(struct manager *m)
{
	m->patching->watch_until = lpd_now_monotonic() + WATCH_USEC;
	m->patching->looked = 0;
	schedule(m->patching, 0);
}

int patching_reconcile(struct manager *m)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	int r;

	m->patching->looked = lpd_now_monotonic();
	r = klp_read_snapshot(&m->setup.root, &snapshot);
	if (r < 0)
		return r;
	r = patches_update_klp(&m->patches, &snapshot);
	if (r < 0)
		return r;

	r = patching_recall(m, PATCH_KLP);
	if (r < 0)
		return r;
	return adopt_any(m->patching);
}

static int resume(struct patching *p, const struct store_record *record)
{
	struct job *job;
	int r;

	r = job_from_record(&p->manager->transitions, record, &job);
	if (r < 0)
		return r;
	lpd_log_about(LOG_INFO, job->name, job->transition->id, "Going on with the %s of %s.",
		      transition_kind_name(job->transition->kind), job->name);
	history_take_back(p->manager->history, job->transition->id);
	jobs_insert(&p->jobs, job);
	return 0;
}

int patching_resume(struct manager *m)
{
	struct store_record *record, *next;
	int r;

	for (record = store_first(m->store); record; record = next) {
		next = LIST_NEXT(record, link);
		if (!record->has_change || record->helper)
			continue;
		r = resume(m->patching, record);
		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			lpd_log_about(LOG_WARNING, record->name, 0, "Cannot go on with the change of %s: %s",
				      record->name, strerror(-r));
			store_clear_change(record);
		}
	}
	return patching_reconcile(m);
}

/* -------------------------------------------------------------- requests */

static int add_job(struct patching *p, const struct patching_request *request, bool unload,
		   struct transition **ret)
{
	struct manager *m = p->manager;
	const struct change change = { .unload = unload };
	_cleanup_free_ char *file = NULL, *sha256 = NULL;
	struct job *job;
	uint64_t id;
	int r;

	if (!unload) {
		file = strdup(request->file);
		sha256 = strdup(request->sha256);
		if (!file || !sha256)
			return -ENOMEM;
	}
	r = store_next_id(m->store, &id);
	if (r < 0)
		return r;
	r = job_new(&m->transitions, request->name, id, &change, NULL, 0, &job);
	if (r < 0)
		return r;
	job->file = TAKE_PTR(file);
	job->sha256 = TAKE_PTR(sha256);
	job->timeout_usec = request->timeout_usec;
	job->on_timeout = request->on_timeout;
	job->persist = request->persist;
	job->uid = request->uid;
	TAILQ_INSERT_TAIL(&p->jobs, job, link);

	r = job_save(job, m->store);
	if (r < 0) {
		finish(p, job, TRANSITION_FAILED, strerror(-r));
		return r;
	}
	*ret = job->transition;
	schedule(p, 0);
	return 0;
}

int patching_load(struct manager *m, const struct patching_request *request, struct transition **ret,
		  struct failure *failure)
{
	struct job *job = jobs_find(&m->patching->jobs, request->name, false);
	struct klp_status status;
	int r;

	if (request->backend == PATCH_HELPER)
		return stacking_load(m, request, ret, failure);
	if (job) {
		if (job->change.unload || job->change.reversing || !lpd_streq(job->sha256, request->sha256))
			return job_in_the_way(job, failure);
		*ret = job->transition;
		return 0;
	}

	r = patching_reconcile(m);
	if (r < 0)
		return r;
	r = klp_read_status(&m->setup.root, request->name, &status);
	if (r < 0)
		return r;
	if (status.registered && status.enabled) {
		r = relations_check_same(m, request, failure);
		if (r < 0)
			return r;
		if (request->persist)
			return add_job(m->patching, request, false, ret);
		job = jobs_find(&m->patching->jobs, request->name, true);
		*ret = job ? job->transition : NULL;
		return 0;
	}
	if (status.module != KLP_MODULE_ABSENT && !patches_find(&m->patches, request->name))
		return failure_set(failure, FAILURE_CONFLICT,
				   "A module %s that is no livepatch is loaded; remove it first.", request->name);
	r = relations_check_load(m, request, failure);
	if (r < 0)
		return r;
	return add_job(m->patching, request, false, ret);
}

int patching_unload(struct manager *m, const struct patching_request *request, struct transition **ret,
		    struct failure *failure)
{
	struct job *job = jobs_find(&m->patching->jobs, request->name, false);
	int r;

	if (stacking_knows(m, request->name))
		return stacking_unload(m, request, ret, failure);
	if (job) {
		if (!job->change.unload || job->change.reversing)
			return job_in_the_way(job, failure);
		*ret = job->transition;
		return 0;
	}

	r = patching_reconcile(m);
	if (r < 0)
		return r;
	if (!patches_find(&m->patches, request->name) && !(request->persist && request->installed))
		return failure_set(failure, FAILURE_NO_SUCH_PATCH, "No patch %s is loaded%s.", request->name,
				   request->persist ? " or installed" : "");
	r = relations_check_unload(m, request, failure);
	if (r < 0)
		return r;
	return add_job(m->patching, request, true, ret);
}

int patching_force(struct manager *m, struct transition *transition, const char *reason, uint32_t uid,
		   struct failure *failure)
{
	struct patching *p = m->patching;
	struct job *job = current_job(p);
	_cleanup_free_ char *message = NULL;

	if (stacking_owns(m, transition))
		return failure_set(failure, FAILURE_NOTHING_TO_FORCE,
				   "Transition %ju is of livepatch_helper, which forces none; wait for it or cancel it.",
				   (uintmax_t)transition->id);
	if (!job || job->transition != transition || !p->seen.registered || !p->seen.transition)
		return failure_set(failure, FAILURE_NOTHING_TO_FORCE,
				   "Transition %ju waits for no task, so there is nothing to force.",
				   (uintmax_t)transition->id);
	if (asprintf(&message, "It was forced by user %u with %u tasks left: %s", uid, transition->tasks_remaining,
		     reason) < 0) {
		message = NULL;
		return -ENOMEM;
	}
	lpd_log_event(LOG_WARNING, MESSAGE_FORCED, job->name, transition->id, uid, "The %s of %s: %s",
		      transition_kind_name(transition->kind), job->name, message);
	job->forcing = true;
	transition_say(transition, message);
	save(p, job);
	schedule(p, 0);
	return 0;
}

int patching_cancel(struct manager *m, struct transition *transition, struct failure *failure)
{
	struct patching *p = m->patching;
	struct klp_status seen;
	struct job *job;
	int r;

	if (stacking_owns(m, transition))
		return stacking_cancel(m, transition, failure);
	TAILQ_FOREACH(job, &p->jobs, link)
		if (job->transition == transition)
			break;
	if (!job || job->change.reversing)
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL, "Transition %ju is %s already.",
				   (uintmax_t)transition->id,
				   job ? "being turned back" : transition_state_name(transition->state));

	if (!job_running(job)) {
		finish(p, job, TRANSITION_CANCELLED, "It was cancelled before its turn came.");
		return 0;
	}
	r = klp_read_status(&m->setup.root, job->name, &seen);
	if (r < 0)
		return r;
	if (job->change.acted && !p->busy && !(seen.registered && seen.transition))
		return failure_set(failure, FAILURE_NOTHING_TO_CANCEL,
				   "The tasks have moved already: transition %ju is about to settle.",
				   (uintmax_t)transition->id);
	job_reverse(job, "It was cancelled.");
	save(p, job);
	schedule(p, 0);
	return 0;
}
