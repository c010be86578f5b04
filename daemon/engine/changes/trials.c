// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "engine/changes/trials.h"
#include "kernel/crash-record.h"
#include "messages.h"
#include "model/patch-conf.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/conf-files.h"
#include "worker/operation.h"
#include "worker/trial.h"

/* What a HealthCheck= may take. */
#define CHECK_USEC (120 * USEC_PER_SEC)
/* Before it is tried again. */
#define AGAIN_USEC USEC_PER_SEC

/**
 * struct running - a patch on trial, or in quarantine
 * @name: the patch's; owned
 * @trial: as the file has it
 * @timer: until its time is over
 * @busy: a child looks after it
 */
struct running {
	LIST_ENTRY(running) link;
	struct trials *owner;
	char *name;
	struct trial trial;
	sd_event_source *timer;
	bool busy;
};

struct trials {
	struct engine *engine;
	struct changes *changes;
	void (*changed)(void *userdata);
	void *userdata;
	LIST_HEAD(, running) list;
};

static struct running *find(struct trials *t, const char *name)
{
	struct running *running;

	LIST_FOREACH(running, &t->list, link)
		if (lpd_streq(running->name, name))
			return running;
	return NULL;
}

static void forget(struct running *running)
{
	LIST_REMOVE(running, link);
	operations_forget(running->owner->engine->operations, running);
	sd_event_source_disable_unref(running->timer);
	trial_clear(&running->trial);
	free(running->name);
	free(running);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata);

static int remember(struct trials *t, const char *name, struct running **ret)
{
	struct running *running = calloc(1, sizeof(*running));
	int r;

	if (!running)
		return -ENOMEM;
	running->owner = t;
	running->name = strdup(name);
	if (!running->name) {
		free(running);
		return -ENOMEM;
	}
	LIST_INSERT_HEAD(&t->list, running, link);
	r = sd_event_add_time_relative(t->engine->event, &running->timer, CLOCK_MONOTONIC, UINT64_MAX / 4, 0, on_time,
				       running);
	if (r < 0) {
		forget(running);
		return r;
	}
	*ret = running;
	return 0;
}

/* Its time has not come. */
static void wait_longer(struct running *running)
{
	(void)sd_event_source_set_time_relative(running->timer, AGAIN_USEC);
	(void)sd_event_source_set_enabled(running->timer, SD_EVENT_ONESHOT);
}

/* ------------------------------------------------------- the end of a trial */

/**
 * struct trial_request - what a child does at the end
 * @sha256: of the patch that was on trial
 */
struct trial_request {
	const char *state;
	const char *confs;
	const char *name;
	struct trial *trial;
	struct crash_records records;
};

static int run_command(const char *command, struct failure *failure)
{
	int status = system(command);

	if (status == 0)
		return 0;
	if (status < 0)
		return -errno;
	return failure_set(failure, FAILURE_FAILED, "its HealthCheck= ended with %s %i: %s",
			   WIFEXITED(status) ? "status" : "signal",
			   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), command);
}

/* The machine may go on after an oops. */
static int check_oops(const struct trial_request *request, struct failure *failure)
{
	const struct trial *trial = request->trial;
	_cleanup_(lpd_json_putp) struct json_object *blamed = NULL;
	const char *place;

	if (!crash_records_may_have_oops(&request->records))
		return 0;
	blamed = crash_records_read(&request->records, trial->boot, trial->since);
	place = json_object_get_string(json_object_object_get(blamed, request->name));
	if (!place)
		return 0;
	return failure_set(failure, FAILURE_FAILED, "the kernel had an oops in its %s", place);
}

/* Good if it is healthy, else in quarantine; the file says so before anybody is told. */
static int judge(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct trial_request *request = argument;
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	struct trial verdict = *request->trial;
	const char *command;
	int r, written;

	(void)result;
	r = patch_confs_load(request->confs, request->name, &confs, failure);
	command = patch_confs_find(&confs, request->name)->health_check;
	if (r >= 0)
		r = check_oops(request, failure);
	if (r >= 0 && command)
		r = run_command(command, failure);
	verdict.state = r == -EBADE ? TRIAL_QUARANTINED : TRIAL_GOOD;
	verdict.reason = r == -EBADE ? (char *)failure_message(failure) : NULL;
	written = trial_write(request->state, request->name, &verdict);
	return written < 0 ? written : r;
}

static void quarantine(struct running *running, const char *reason)
{
	struct trials *t = running->owner;

	free(running->trial.reason);
	running->trial.reason = strdup(reason);
	running->trial.state = TRIAL_QUARANTINED;
	lpd_log_event(LOG_ERR, MESSAGE_QUARANTINED, running->name, 0, UINT32_MAX,
		      "%s is in quarantine and is not loaded: %s. To try it again: livepatchd load --retry %s",
		      running->name, reason, running->name);
	t->changed(t->userdata);
}

/* What the child would have written. */
static void write_quarantined(struct running *running, const char *reason)
{
	struct trial verdict = running->trial;
	int r;

	verdict.state = TRIAL_QUARANTINED;
	verdict.reason = (char *)reason;
	r = trial_write(running->owner->engine->setup.state, running->name, &verdict);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot note that %s is in quarantine: %s", running->name, strerror(-r));
}

static void unload(struct trials *t, const char *name)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	const struct config *config = &t->engine->setup.config;
	const struct change_request request = {
		.name = name,
		.timeout_usec = config->timeout_usec,
		.on_timeout = config->on_timeout,
		.how = { .strategy = config->strategy, .consistency = config->consistency },
	};
	struct transition *transition;
	int r;

	r = changes_unload(t->changes, &request, &transition, &failure);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot unload %s: %s", name,
			r == -EBADE ? failure_message(&failure) : strerror(-r));
}

static void on_judged(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct running *running = userdata;

	(void)result;
	running->busy = false;
	if (r == -ETIMEDOUT) {
		(void)failure_set(failure, FAILURE_FAILED, "its HealthCheck= did not end");
		r = -EBADE;
		write_quarantined(running, failure_message(failure));
	}
	if (r == -EBADE) {
		quarantine(running, failure_message(failure));
		unload(running->owner, running->name);
		return;
	}
	/* Whoever killed the child, or filled the disk, has said nothing of the patch. */
	if (r < 0) {
		lpd_log(LOG_WARNING, "Cannot end the trial of %s yet: %s", running->name, strerror(-r));
		wait_longer(running);
		return;
	}
	lpd_log_event(LOG_INFO, MESSAGE_GOOD, running->name, 0, UINT32_MAX,
		      "%s has stood its trial: it is loaded at every boot from now on.", running->name);
	forget(running);
}

/* Also when it never was loaded: the child that tried has put it on trial. */
static void unloaded(struct trials *t, const char *name)
{
	_cleanup_(trial_clear) struct trial trial = { 0 };
	struct running *running = find(t, name);
	int r;

	if (running && running->busy)
		return;
	r = trial_read(t->engine->setup.state, name, &trial);
	if (r >= 0 && trial.state == TRIAL_RUNNING)
		r = trial_abandon(t->engine->setup.state, name, &trial);
	if (r < 0 && r != -ENOENT)
		lpd_log(LOG_WARNING, "Cannot end the trial of %s: %s", name, strerror(-r));
	if (trial.state != TRIAL_QUARANTINED || r < 0) {
		if (running && running->trial.state != TRIAL_QUARANTINED)
			forget(running);
		return;
	}
	if (!running && remember(t, name, &running) < 0)
		return;
	trial_clear(&running->trial);
	running->trial = TAKE(trial, (struct trial){ 0 });
	t->changed(t->userdata);
}

static bool is_patched(const struct trials *t, const char *name)
{
	const struct patch *patch = patches_find(&t->engine->patches, name);

	return patch && patch->state == PATCH_PATCHED;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct running *running = userdata;
	struct engine *engine = running->owner->engine;
	const struct trial_request request = {
		.state = engine->setup.state,
		.confs = engine->setup.confs,
		.name = running->name,
		.trial = &running->trial,
		.records = engine->setup.records,
	};
	int r;

	(void)source, (void)usec;
	/* Not before it is known which patches there are. */
	if (!engine->known) {
		wait_longer(running);
		return 0;
	}
	if (!is_patched(running->owner, running->name)) {
		unloaded(running->owner, running->name);
		return 0;
	}
	r = operation_start(engine->operations, "end a trial", CHECK_USEC, judge, &request, on_judged, running);
	if (r < 0) {
		lpd_log(LOG_WARNING, "Cannot end the trial of %s yet: %s", running->name, strerror(-r));
		wait_longer(running);
		return 0;
	}
	running->busy = true;
	return 0;
}

/* ------------------------------------------------------- loads and unloads */

static void set_timer(struct running *running)
{
	uint64_t now = lpd_now_realtime(), age = now > running->trial.since ? now - running->trial.since : 0;
	uint64_t usec = running->owner->engine->setup.config.trial_usec;

	(void)sd_event_source_set_time_relative(running->timer, usec > age ? usec - age : 0);
	(void)sd_event_source_set_enabled(running->timer, SD_EVENT_ONESHOT);
}

/* The child that loaded it has written whether it is on trial. */
static void loaded(struct trials *t, const char *name)
{
	_cleanup_(trial_clear) struct trial trial = { 0 };
	struct running *running = find(t, name);
	bool told = running && running->trial.state == TRIAL_QUARANTINED;

	if (trial_read(t->engine->setup.state, name, &trial) < 0)
		return;
	if (trial.state != TRIAL_RUNNING || (!running && remember(t, name, &running) < 0))
		return;
	trial_clear(&running->trial);
	running->trial = TAKE(trial, (struct trial){ 0 });
	set_timer(running);
	if (told)
		t->changed(t->userdata);
}

/* A load or unload is about to settle: a trial's time runs, or it is over without a result. */
static void on_settling(const struct settlement *settlement, void *userdata)
{
	const struct transition *transition = settlement->transition;
	struct trials *t = userdata;

	if (transition->kind != TRANSITION_LOAD && transition->kind != TRANSITION_UNLOAD)
		return;
	if (is_patched(t, transition->subject))
		loaded(t, transition->subject);
	else
		unloaded(t, transition->subject);
}

struct json_object *trials_quarantined(struct trials *t)
{
	struct json_object *names = json_object_new_array();
	struct running *running;

	LIST_FOREACH(running, &t->list, link)
		if (running->trial.state == TRIAL_QUARANTINED)
			json_object_array_add(names, json_object_new_string(running->name));
	return names;
}

const char *trials_reason(struct trials *t, const char *name)
{
	const struct running *running = find(t, name);

	return running && running->trial.state == TRIAL_QUARANTINED && running->trial.reason ? running->trial.reason :
											       "";
}

/* ------------------------------------------------------------ start and stop */

/* What another boot left: the machine went down, or an oops may have been overlooked. */
static bool is_left(const struct running *running, const char *boot)
{
	return running->trial.state < TRIAL_GOOD && !lpd_streq(running->trial.boot, boot);
}

static int recall(struct trials *t, const char *name, const char *boot)
{
	_cleanup_(trial_clear) struct trial trial = { 0 };
	struct running *running;
	int r;

	r = trial_read(t->engine->setup.state, name, &trial);
	if (r < 0 || trial.state == TRIAL_GOOD)
		return r;
	r = remember(t, name, &running);
	if (r < 0)
		return r;
	running->trial = TAKE(trial, (struct trial){ 0 });
	if (running->trial.state == TRIAL_QUARANTINED || is_left(running, boot))
		return 0;
	running->trial.state = TRIAL_RUNNING;
	r = trial_write(t->engine->setup.state, name, &running->trial);
	set_timer(running);
	return r;
}

/* All that was on trial then is meant: what it said last, the kernel may have said of any of them. */
static struct json_object *read_last_words(struct trials *t, const char *boot)
{
	const struct running *running, *first = NULL;

	LIST_FOREACH(running, &t->list, link)
		if (is_left(running, boot) && (!first || running->trial.since < first->trial.since))
			first = running;
	return first ? crash_records_read(&t->engine->setup.records, first->trial.boot, first->trial.since) : NULL;
}

static void store_trial(const struct running *running)
{
	int r = trial_write(running->owner->engine->setup.state, running->name, &running->trial);

	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot store what became of the trial of %s: %s", running->name, strerror(-r));
}

/* Its next load begins its trial anew. */
static void spare(struct running *running)
{
	if (running->trial.state == TRIAL_RUNNING) {
		lpd_log_about(LOG_NOTICE, running->name, 0,
			      "%s was on trial when the machine went down, but the kernel's last words name another.",
			      running->name);
		running->trial.state = TRIAL_SUSPENDED;
		store_trial(running);
	}
	forget(running);
}

static void judge_left(struct running *running, struct json_object *blamed, bool any)
{
	const char *place = json_object_get_string(json_object_object_get(blamed, running->name));
	bool crashed = running->trial.state == TRIAL_RUNNING;
	char reason[320] = "the machine went down while it was on trial";

	if (!place && (!crashed || any)) {
		spare(running);
		return;
	}
	if (place)
		(void)snprintf(reason, sizeof(reason), "the %s its %s while it was on trial",
			       crashed ? "machine went down in" : "kernel had an oops in", place);
	quarantine(running, reason);
	store_trial(running);
}

/* Those that the kernel named when it died; all of them, if it named none. */
static void judge_all_left(struct trials *t, const char *boot)
{
	_cleanup_(lpd_json_putp) struct json_object *blamed = read_last_words(t, boot);
	struct running *running, *next;
	bool any = false;

	LIST_FOREACH(running, &t->list, link)
		any |= running->trial.state == TRIAL_RUNNING && is_left(running, boot) &&
		       json_object_object_get_ex(blamed, running->name, NULL);
	for (running = LIST_FIRST(&t->list); running; running = next) {
		next = LIST_NEXT(running, link);
		if (is_left(running, boot))
			judge_left(running, blamed, any);
	}
}

int trials_resume(struct trials *t)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	char boot[33];
	int fd, r;

	r = trial_this_boot(boot);
	if (r < 0)
		return r;
	r = trial_open(t->engine->setup.state, false, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		r = recall(t, entry->d_name, boot);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			lpd_log(LOG_WARNING, "Ignoring what is known of the trial of %s: %s", entry->d_name,
				strerror(-r));
	}
	judge_all_left(t, boot);
	return 0;
}

static const struct changes_observer observer = { .settling = on_settling };

int trials_new(struct engine *engine, struct changes *changes, void (*changed)(void *userdata), void *userdata,
	       struct trials **ret)
{
	struct trials *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->engine = engine;
	t->changes = changes;
	t->changed = changed;
	t->userdata = userdata;
	LIST_INIT(&t->list);
	r = changes_subscribe(changes, &observer, t);
	if (r < 0) {
		free(t);
		return r;
	}
	*ret = t;
	return 0;
}

struct trials *trials_free(struct trials *t)
{
	struct running *running;

	while ((running = LIST_FIRST(&t->list))) {
		if (running->trial.state == TRIAL_RUNNING && !running->busy) {
			running->trial.state = TRIAL_SUSPENDED;
			(void)trial_write(t->engine->setup.state, running->name, &running->trial);
		}
		forget(running);
	}
	free(t);
	return NULL;
}
