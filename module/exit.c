// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shortest way: where a function has no tracer, its calls go from E over X
 * straight into the body; where it has one that counts, by way of count
 * (arch.h), whose redirecting form leads over X, too.
 *
 * X is not rewritten under traffic: a call that E has let pass expects a
 * return there, one whose return address E has dropped a jump. So:
 *
 *  1. A transition leaves E leading to trace, where X does not lead to the body
 *     that calls should run (op-array.c). All is right then, if slow.
 *  2. A grace period of RCU tasks passes: whoever was between E and X, preempted
 *     there, has left.
 *  3. X is written, on the transition queue, and E leads over it.
 *
 * A change in between that lets E lead over X again ends this.
 */
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/workqueue.h>

#include "exit.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "op-array.h"

static void wait_for_grace(struct work_struct *work);
static void lead(struct work_struct *work);

static DECLARE_WORK(grace_work, wait_for_grace);
static DECLARE_WORK(lead_work, lead);

/* Neither is queued any more; lph_lock. */
static bool stopped;

/* Does X of @fn lead elsewhere than all its calls go, and no op keep them off it? */
static bool leads_astray(const struct lph_function *fn)
{
	lockdep_assert_held(&lph_lock);
	return fn->state != LPH_FUNCTION_DETACHED && !fn->turn.held && !lph_op_needs_trace(fn) &&
	       fn->entry == LPH_ENTRY_TRACE && fn->exit_body != fn->choice.body[LPH_NEW] &&
	       fn->choice.body[LPH_OLD] == fn->choice.body[LPH_NEW];
}

/* 2. */
static void wait_for_grace(struct work_struct *work)
{
	struct lph_function *fn;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		if (leads_astray(fn) && fn->exit_grace == LPH_EXIT_NONE)
			fn->exit_grace = LPH_EXIT_BEGUN;
	mutex_unlock(&lph_lock);

	/* As ftrace waits before it frees a trampoline: the first for idle tasks. */
	synchronize_rcu_tasks_rude();
	synchronize_rcu_tasks();

	/* The work that leads may be of an earlier period, and must not take these for its own. */
	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		if (fn->exit_grace == LPH_EXIT_BEGUN)
			fn->exit_grace = LPH_EXIT_OVER;
	if (!stopped)
		queue_work(lph_queue, &lead_work);
	mutex_unlock(&lph_lock);
}

static struct lph_function *next_ready(void)
{
	struct lph_function *fn;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node) {
		if (fn->exit_grace != LPH_EXIT_OVER)
			continue;
		fn->exit_grace = LPH_EXIT_NONE;
		if (leads_astray(fn))
			return fn;
	}
	return NULL;
}

/* 3. */
static void lead(struct work_struct *work)
{
	struct lph_function *fn;

	for (;;) {
		mutex_lock(&lph_lock);
		fn = next_ready();
		mutex_unlock(&lph_lock);
		if (!fn)
			break;
		lph_op_lead_exit(fn);
	}
	lph_exit_lead();
}

/**
 * lph_exit_lead() - see to the functions whose X leads elsewhere
 *
 * Context: transition queue, without lph_lock, behind a change.
 */
void lph_exit_lead(void)
{
	struct lph_function *fn;
	bool wanted = false;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		wanted |= leads_astray(fn);
	if (wanted && !stopped)
		queue_work(system_dfl_wq, &grace_work);
	mutex_unlock(&lph_lock);
}

/**
 * lph_exit_cancel() - stop it
 *
 * Context: module unload: no transition is left, the queue still runs.
 */
void lph_exit_cancel(void)
{
	mutex_lock(&lph_lock);
	stopped = true;
	mutex_unlock(&lph_lock);
	cancel_work_sync(&grace_work);
	cancel_work_sync(&lead_work);
}
