/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TASK_INFO_H
#define LIVEPATCHD_TASK_INFO_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/util.h"

/**
 * struct task_info - what /proc tells of a thread
 * @comm: its name
 * @state: the letter of its state; '\0': not known
 * @kernel_thread: it never was in user space
 * @unit: the unit of systemd that its process is of; owned, NULL: of none
 */
struct task_info {
	char comm[64];
	char state;
	bool kernel_thread;
	char *unit;
};

/**
 * task_info_read - look at a thread
 * @dir: a folder of /proc, such as PID/task
 * @thread: the thread's folder in it
 * @pid: its process
 * @ret: to be cleared
 *
 * Return: 0, -ENOENT or -ESRCH where it has exited.
 */
int task_info_read(int dir, const char *thread, pid_t pid, struct task_info *ret);

void task_info_clear(struct task_info *info);

/** task_info_parse_stat - the state, and whether it is a kernel thread, from a line of /proc/PID/stat; -EBADMSG */
int task_info_parse_stat(const char *line, struct task_info *ret);

/**
 * task_info_way_out - what can be done for the thread to leave a function
 * @info: the thread
 * @reason: why a transition waits for it, as in ListBlockers
 *
 * Return: "wait", "signal" or "restart".
 */
const char *task_info_way_out(const struct task_info *info, const char *reason);

#endif
