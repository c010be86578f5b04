/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TEST_SERVE_H
#define LPH_TEST_SERVE_H

#include <linux/completion.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/wait.h>

#include "guest_compat.h"

/**
 * struct lph_guest - what lph_target_serve() serves
 * @arrived: completed by the body
 * @wake: told of @leave
 * @leave: the body is to return
 * @worked: task works that ran while the body was on the stack
 */
struct lph_guest {
	struct completion arrived;
	wait_queue_head_t wake;
	bool leave;
	unsigned long worked;
};

/*
 * The body of lph_target_serve() and of what it is patched with: the loop of KVM's
 * vcpu_run(), with a jiffy's sleep for the guest. KVM would leave it for a signal; this
 * one stays for all but SIGKILL.
 */
static __always_inline void lph_serve(struct lph_guest *guest)
{
	bool pending;

	complete(&guest->arrived);
	while (!READ_ONCE(guest->leave) && !fatal_signal_pending(current)) {
		clear_notify_signal();
		if (__xfer_to_guest_mode_work_pending()) {
			pending = task_work_pending(current);
			lph_guest_mode_work();
			if (pending && !task_work_pending(current))
				WRITE_ONCE(guest->worked, guest->worked + 1);
		}
		wait_event_killable_timeout(guest->wake, READ_ONCE(guest->leave), 1);
	}
}

#endif /* LPH_TEST_SERVE_H */
