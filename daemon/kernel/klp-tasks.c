// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kernel/klp-tasks.h"
#include "util/fs.h"

struct klp_tasks {
	DIR *proc;
	DIR *threads;		/* of the process the pass is at, NULL: between two */
	char pid[24];		/* that process */
	uint32_t total;
	uint32_t remaining;
	void (*blocked)(const char *pid, int threads, const char *tid, void *userdata);
	void *userdata;
};

int klp_tasks_new(const char *proc, struct klp_tasks **ret)
{
	_cleanup_(klp_tasks_freep) struct klp_tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		return -ENOMEM;
	tasks->proc = opendir(proc);
	if (!tasks->proc)
		return -errno;
	*ret = TAKE_PTR(tasks);
	return 0;
}

void klp_tasks_on_blocked(struct klp_tasks *tasks,
			  void (*blocked)(const char *pid, int threads, const char *tid, void *userdata),
			  void *userdata)
{
	tasks->blocked = blocked;
	tasks->userdata = userdata;
}

static void close_threads(struct klp_tasks *tasks)
{
	if (tasks->threads)
		(void)closedir(tasks->threads);
	tasks->threads = NULL;
}

struct klp_tasks *klp_tasks_free(struct klp_tasks *tasks)
{
	close_threads(tasks);
	if (tasks->proc)
		(void)closedir(tasks->proc);
	free(tasks);
	return NULL;
}

void klp_tasks_restart(struct klp_tasks *tasks)
{
	close_threads(tasks);
	rewinddir(tasks->proc);
	tasks->total = tasks->remaining = 0;
}

/* The next entry that is a number, NULL: that was the last. */
static const char *next_number(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return entry->d_name;
	return NULL;
}

static void open_threads(struct klp_tasks *tasks, const char *pid)
{
	char path[NAME_MAX + sizeof("/task")];
	int fd;

	(void)snprintf(tasks->pid, sizeof(tasks->pid), "%s", pid);
	(void)snprintf(path, sizeof(path), "%s/task", pid);
	fd = openat(dirfd(tasks->proc), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	tasks->threads = fdopendir(fd);
	if (!tasks->threads)
		(void)close(fd);
}

static void count(struct klp_tasks *tasks, const char *tid, bool patching)
{
	char path[NAME_MAX + sizeof("/patch_state")], state[8];

	(void)snprintf(path, sizeof(path), "%s/patch_state", tid);
	/* A thread that has exited since waits for nothing. */
	if (lpd_read_line_at(dirfd(tasks->threads), path, state, sizeof(state)) < 0)
		return;
	tasks->total++;
	/* 1: on the patch, 0: not, -1: no transition concerns it. */
	if (!lpd_streq(state, patching ? "0" : "1"))
		return;
	tasks->remaining++;
	if (tasks->blocked)
		tasks->blocked(tasks->pid, dirfd(tasks->threads), tid, tasks->userdata);
}

int klp_tasks_step(struct klp_tasks *tasks, bool patching, unsigned int threads, uint32_t *ret_total,
		   uint32_t *ret_remaining)
{
	while (threads-- > 0) {
		const char *id;

		if (!tasks->threads) {
			errno = 0;
			id = next_number(tasks->proc);
			if (!id && errno)
				return -errno;
			if (!id) {
				*ret_total = tasks->total;
				*ret_remaining = tasks->remaining;
				klp_tasks_restart(tasks);
				return 1;
			}
			open_threads(tasks, id);
			continue;
		}

		id = next_number(tasks->threads);
		if (id)
			count(tasks, id, patching);
		else
			close_threads(tasks);
	}
	return 0;
}
