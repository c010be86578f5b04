// SPDX-License-Identifier: GPL-2.0-only
/* What calls may still use is freed behind a grace period, in the background. */
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/workqueue.h>

#include "garbage.h"
#include "locking.h"

/* lph_lock */
static LIST_HEAD(waiting);

/**
 * lph_garbage_wait() - wait for the calls that are under way
 *
 * Calls hold preemption off while they use an array or an op. Where the kernel traces
 * code in which RCU does not watch (6.1: idle), only the rude flavour, which schedules
 * on every CPU, waits for all of them. Calls that count, in a few instructions of a
 * trampoline, hold nothing off but a grace period of RCU tasks.
 *
 * Context: process; sleeps for tens of milliseconds, or for as long as a task is
 * preempted.
 */
void lph_garbage_wait(void)
{
	synchronize_rcu_tasks_rude();
	synchronize_rcu();
	synchronize_rcu_tasks();
}

static void collect(struct work_struct *work)
{
	struct lph_garbage *each, *next;
	LIST_HEAD(over);

	mutex_lock(&lph_lock);
	list_splice_init(&waiting, &over);
	mutex_unlock(&lph_lock);

	lph_garbage_wait();
	list_for_each_entry_safe(each, next, &over, node)
		each->free(each);
}

static DECLARE_WORK(collect_work, collect);

/**
 * lph_garbage_add() - free something in time
 * @garbage: in it
 * @free: does that, without lph_lock
 *
 * Context: lph_lock; calls that begin from here on do not find it.
 */
void lph_garbage_add(struct lph_garbage *garbage, void (*free)(struct lph_garbage *garbage))
{
	lockdep_assert_held(&lph_lock);
	garbage->free = free;
	list_add(&garbage->node, &waiting);
	queue_work(system_dfl_wq, &collect_work);
}

/**
 * lph_garbage_exit() - free what still waits for its grace period
 *
 * Context: module unload; nothing is added any more.
 */
void lph_garbage_exit(void)
{
	flush_work(&collect_work);
}
