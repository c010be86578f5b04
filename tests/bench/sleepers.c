// SPDX-License-Identifier: GPL-2.0-only
/* Tasks that do nothing but be there. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "lph_bench.h"

/* The caller's lock protects them. */
static struct task_struct **sleepers;
static unsigned int sleeper_count;

static int sleep_on(void *unused)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

void lph_bench_sleepers_exit(void)
{
	while (sleeper_count)
		kthread_stop(sleepers[--sleeper_count]);
	kvfree(sleepers);
	sleepers = NULL;
}

/* So many of them from here on. */
int lph_bench_sleepers(unsigned int n)
{
	lph_bench_sleepers_exit();
	if (!n)
		return 0;
	sleepers = kvcalloc(n, sizeof(*sleepers), GFP_KERNEL);
	if (!sleepers)
		return -ENOMEM;
	while (sleeper_count < n) {
		struct task_struct *task = kthread_run(sleep_on, NULL, "lph_bench/sleep");

		if (IS_ERR(task)) {
			lph_bench_sleepers_exit();
			return PTR_ERR(task);
		}
		sleepers[sleeper_count++] = task;
	}
	return 0;
}
