// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "blockers.h"
#include "kernel.h"
#include "klp-tasks.h"
#include "util/fs.h"

/* More than anybody reads, and less than an operation may report. */
enum { BLOCKERS_MAX = 4096 };

/* A thread's state in /proc/TID/stat, behind its name, in which anything may stand. */
static char read_state(int threads, const char *tid)
{
	char path[NAME_MAX + sizeof("/stat")], line[512];
	const char *behind;

	(void)snprintf(path, sizeof(path), "%s/stat", tid);
	if (lpd_read_line_at(threads, path, line, sizeof(line)) < 0)
		return 0;
	behind = strrchr(line, ')');
	return behind && behind[1] == ' ' ? behind[2] : 0;
}

static void add(const char *pid, int threads, const char *tid, void *userdata)
{
	char path[NAME_MAX + sizeof("/comm")], comm[64];
	struct json_object *blockers = userdata, *blocker;

	if (json_object_array_length(blockers) == BLOCKERS_MAX)
		return;
	(void)snprintf(path, sizeof(path), "%s/comm", tid);
	/* A thread that has exited since blocks nothing. */
	if (lpd_read_line_at(threads, path, comm, sizeof(comm)) < 0)
		return;
	blocker = json_object_new_object();
	json_object_object_add(blocker, "pid", json_object_new_int64(atoll(pid)));
	json_object_object_add(blocker, "tid", json_object_new_int64(atoll(tid)));
	json_object_object_add(blocker, "comm", json_object_new_string(comm));
	json_object_object_add(blocker, "reason",
			       json_object_new_string(read_state(threads, tid) == 'R' ? "running" : "sleeping"));
	json_object_array_add(blockers, blocker);
}

int blockers_of_klp(const void *argument, struct json_object *result, struct failure *failure)
{
	_cleanup_(klp_tasks_freep) struct klp_tasks *tasks = NULL;
	const struct kernel_request *request = argument;
	struct json_object *blockers = json_object_new_array();
	uint32_t total, remaining;
	int r;

	(void)failure;
	json_object_object_add(result, "blockers", blockers);
	r = klp_tasks_new(request->root.proc, &tasks);
	if (r < 0)
		return r;
	klp_tasks_on_blocked(tasks, add, blockers);
	do
		r = klp_tasks_step(tasks, request->enable, UINT32_MAX, &total, &remaining);
	while (r == 0);
	return r < 0 ? r : 0;
}
