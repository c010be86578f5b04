/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TEST_SIT_H
#define LPH_TEST_SIT_H

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

/* The kernel's livepatch wakes a process with a signal that is none. */
static __always_inline bool lph_may_leave(void)
{
	if (current->flags & PF_KTHREAD)
		return kthread_should_stop();
	clear_notify_signal();
	return fatal_signal_pending(current);
}

/* The body of lph_target_sleep() and of what it is patched with. */
static __always_inline void lph_sit(struct completion *arrived)
{
	complete(arrived);
	for (;;) {
		set_current_state(current->flags & PF_KTHREAD ? TASK_IDLE : TASK_INTERRUPTIBLE);
		if (lph_may_leave())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

#endif /* LPH_TEST_SIT_H */
