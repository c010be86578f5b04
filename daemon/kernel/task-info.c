// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-login.h>

#include "kernel/task-info.h"
#include "util/fs.h"

/* PF_KTHREAD of <linux/sched.h>, which /proc/PID/stat shows. */
#define KERNEL_THREAD 0x00200000

int task_info_parse_stat(const char *line, struct task_info *ret)
{
	/* Behind the name, in which anything may stand. */
	const char *behind = strrchr(line, ')');
	unsigned long flags;
	char state;

	/* state ppid pgrp session tty tpgid flags */
	if (!behind || sscanf(behind + 1, " %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
		return -EBADMSG;
	ret->state = state;
	ret->kernel_thread = flags & KERNEL_THREAD;
	return 0;
}

void task_info_clear(struct task_info *info)
{
	free(info->unit);
	*info = (struct task_info){ 0 };
}

int task_info_read(int dir, const char *thread, pid_t pid, struct task_info *ret)
{
	char path[NAME_MAX + sizeof("/comm")], line[512];
	struct task_info info = { 0 };
	int r;

	(void)snprintf(path, sizeof(path), "%s/comm", thread);
	r = lpd_read_line_at(dir, path, info.comm, sizeof(info.comm));
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/stat", thread);
	r = lpd_read_line_at(dir, path, line, sizeof(line));
	if (r < 0)
		return r;
	/* What it does not tell is not known; it is there all the same. */
	(void)task_info_parse_stat(line, &info);
	if (!info.kernel_thread && sd_pid_get_unit(pid, &info.unit) < 0)
		info.unit = NULL;
	*ret = info;
	return 0;
}

static bool is_service(const char *unit)
{
	const char *dot = unit ? strrchr(unit, '.') : NULL;

	return dot && lpd_streq(dot, ".service");
}

const char *task_info_way_out(const struct task_info *info, const char *reason)
{
	/* It will pass by itself, or nothing reaches it where it is. */
	if (info->kernel_thread || info->state == 'D' || lpd_streq(reason, "running") || lpd_streq(reason, "ready"))
		return "wait";
	return is_service(info->unit) ? "restart" : "signal";
}
