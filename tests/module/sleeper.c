// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that sits in lph_target_sleep() until it is told to leave: as long
 * as it does, a livepatch of that function can't finish its transition.
 */
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/sched/task.h>

#include "lph_test.h"

DECLARE_COMPLETION(lph_sleeper_arrived);

static struct task_struct *sleeper;

static int lph_sleeper(void *unused)
{
	u64 a = get_random_u64();
	u64 value = lph_target_sleep(a);

	/* The original has said so itself; a patched body has not. */
	complete(&lph_sleeper_arrived);
	return value == (lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED);
}

int lph_sleeper_start(void)
{
	struct task_struct *task;

	if (sleeper)
		return -EBUSY;
	reinit_completion(&lph_sleeper_arrived);
	task = kthread_create(lph_sleeper, NULL, "lph_sleeper");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* For lph_sleeper_stop(): behind a patched body the thread ends by itself. */
	sleeper = get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&lph_sleeper_arrived);
	return 0;
}

int lph_sleeper_stop(void)
{
	int r;

	if (!sleeper)
		return -ESRCH;
	r = kthread_stop(sleeper);
	put_task_struct(sleeper);
	sleeper = NULL;
	return r;
}

bool lph_sleeper_running(void)
{
	return sleeper;
}
