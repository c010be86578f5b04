/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_FILTER_H
#define LPH_FILTER_H

#include <linux/sched.h>
#include <linux/types.h>

/**
 * struct lph_filter - which calls an op sees
 * @pid: those made while this process is current, interrupts included; 0: any
 * @comm: likewise, while a task of this name is; "": any
 */
struct lph_filter {
	u32 pid;
	char comm[TASK_COMM_LEN];
};

/* By hand: the kernel's own comparisons can be traced. */
static inline bool lph_filter_same_comm(const char *a, const char *b)
{
	unsigned int i;

	for (i = 0; i < TASK_COMM_LEN && a[i] == b[i]; i++)
		if (!a[i])
			return true;
	return i == TASK_COMM_LEN;
}

/* Context: any. */
static inline bool lph_filter_passes(const struct lph_filter *filter)
{
	if (filter->pid && filter->pid != (u32)current->tgid)
		return false;
	return !*filter->comm || lph_filter_same_comm(filter->comm, current->comm);
}

#endif /* LPH_FILTER_H */
