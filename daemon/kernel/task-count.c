// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "kernel/klp-tasks.h"
#include "kernel/task-count.h"
#include "util/log.h"
#include "util/time-util.h"

/*
 * A machine may have a million threads. A pass is cut into slices of about a
 * millisecond, between which everything else has its turn, and after a pass
 * there is a pause of several times its length.
 */
enum {
	SLICE_THREADS = 64,
	PAUSE_FACTOR = 10,
};

struct task_count {
	struct klp_tasks *tasks;
	sd_event_source *slice;
	void (*counted)(uint32_t total, uint32_t remaining, void *userdata);
	void *userdata;
	bool patching;
	uint64_t began;		/* CLOCK_MONOTONIC, 0: no pass is under way */
	uint64_t next;		/* CLOCK_MONOTONIC */
};

struct task_count *task_count_free(struct task_count *count)
{
	sd_event_source_disable_unref(count->slice);
	if (count->tasks)
		(void)klp_tasks_free(count->tasks);
	free(count);
	return NULL;
}

static int on_slice(sd_event_source *source, void *userdata)
{
	struct task_count *count = userdata;
	uint32_t total, remaining;
	uint64_t now;
	int r;

	r = klp_tasks_step(count->tasks, count->patching, SLICE_THREADS, &total, &remaining);
	if (r == 0)
		return 0;

	now = lpd_now_monotonic();
	count->next = now + PAUSE_FACTOR * (now - count->began);
	count->began = 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot count the threads of a transition: %s", strerror(-r));
	else
		count->counted(total, remaining, count->userdata);
	return 0;
}

int task_count_new(sd_event *event, const char *proc,
		   void (*counted)(uint32_t total, uint32_t remaining, void *userdata), void *userdata,
		   struct task_count **ret)
{
	_cleanup_(task_count_freep) struct task_count *count = calloc(1, sizeof(*count));
	int r;

	if (!count)
		return -ENOMEM;
	count->counted = counted;
	count->userdata = userdata;
	r = klp_tasks_new(proc, &count->tasks);
	if (r < 0)
		return r;
	r = sd_event_add_defer(event, &count->slice, on_slice, count);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(count->slice, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(count->slice, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(count);
	return 0;
}

void task_count_run(struct task_count *count, bool patching)
{
	uint64_t now = lpd_now_monotonic();

	if (count->began && count->patching == patching)
		return;
	if (count->patching == patching && now < count->next)
		return;
	klp_tasks_restart(count->tasks);
	count->patching = patching;
	count->began = now;
	(void)sd_event_source_set_enabled(count->slice, SD_EVENT_ON);
}

void task_count_stop(struct task_count *count)
{
	count->began = 0;
	count->next = 0;
	(void)sd_event_source_set_enabled(count->slice, SD_EVENT_OFF);
}
