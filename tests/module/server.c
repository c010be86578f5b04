// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that serves a guest in lph_target_serve() until it is told to leave. Task
 * work that it is asked for runs there, on top of that function, as it does below KVM.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/random.h>

#include "lph_test.h"
#include "serve.h"

static struct lph_guest guest = {
	.arrived = COMPLETION_INITIALIZER(guest.arrived),
	.wake = __WAIT_QUEUE_HEAD_INITIALIZER(guest.wake),
};

static DECLARE_COMPLETION(left);
static atomic_t serving;
static enum lph_ran ran;

static void serve(void)
{
	u64 a = get_random_u64(), original = lph_value_1(LPH_TARGETS + 1, a), value;

	guest.leave = false;
	guest.worked = 0;
	reinit_completion(&left);
	value = lph_target_serve(&guest, a);
	if (value == original)
		ran = LPH_RAN_ORIGINAL;
	else
		ran = value == (original ^ LPH_PATCHED) ? LPH_RAN_PATCHED : LPH_RAN_NOTHING;
	reinit_completion(&guest.arrived);
	complete_all(&left);
}

int lph_server_run(void)
{
	if (atomic_cmpxchg(&serving, 0, 1))
		return -EBUSY;
	serve();
	atomic_set(&serving, 0);
	return 0;
}

void lph_server_stop(void)
{
	if (!lph_server_serves())
		return;
	WRITE_ONCE(guest.leave, true);
	wake_up(&guest.wake);
	wait_for_completion(&left);
}

bool lph_server_serves(void)
{
	return completion_done(&guest.arrived);
}

unsigned long lph_server_worked(void)
{
	return READ_ONCE(guest.worked);
}

enum lph_ran lph_server_ran(void)
{
	return ran;
}
