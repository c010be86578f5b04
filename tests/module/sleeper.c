// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that sits in lph_target_sleep() until it is told to leave: as long
 * as it does, a livepatch of that function can't finish its transition.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/random.h>

#include "lph_test.h"

static struct task_struct *sleeper;
static DECLARE_COMPLETION(arrived);

static int lph_sleeper(void *unused)
{
	u64 a = get_random_u64();

	return lph_target_sleep(&arrived, a) == (lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED);
}

int lph_sleeper_start(void)
{
	struct task_struct *task;

	if (sleeper)
		return -EBUSY;
	reinit_completion(&arrived);
	task = kthread_create(lph_sleeper, NULL, "lph_sleeper");
	if (IS_ERR(task))
		return PTR_ERR(task);
	sleeper = task;
	wake_up_process(task);
	wait_for_completion(&arrived);
	return 0;
}

int lph_sleeper_stop(void)
{
	int r;

	if (!sleeper)
		return -ESRCH;
	r = kthread_stop(sleeper);
	sleeper = NULL;
	return r;
}

bool lph_sleeper_running(void)
{
	return sleeper;
}

int lph_sit_here(void)
{
	DECLARE_COMPLETION_ONSTACK(here);

	lph_target_sleep(&here, get_random_u64());
	return -EINTR;
}
