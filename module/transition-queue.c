// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose turn it is: transitions run on the queue, one after the other. One of patches
 * leaves the queue to others while it waits for tasks; two of patches never run at once.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "backend.h"
#include "consistency/consistency.h"
#include "error.h"
#include "exit.h"
#include "locking.h"
#include "news.h"
#include "op-transition.h"
#include "patch-transition.h"
#include "transition-queue.h"
#include "transition.h"

/* lph_lock */
static u64 last_id;
static struct lph_transition *running;
static struct lph_transition *running_patches;

static void detach_idle(struct work_struct *work)
{
	if (lph_function_detach_idle())
		queue_delayed_work(lph_queue, to_delayed_work(work), HZ);
}

static DECLARE_DELAYED_WORK(detach_idle_work, detach_idle);

/* What any transition may leave to be done in the background. */
static void tidy(void)
{
	lph_exit_lead();
	queue_delayed_work(lph_queue, &detach_idle_work, LPH_IDLE_TIME);
}

static void run_op(struct lph_transition *transition)
{
	int r;

	mutex_lock(&lph_lock);
	running = transition;
	lph_transition_begin(transition);
	mutex_unlock(&lph_lock);

	lph_transition_phase(transition, LPH_PHASE_START);
	r = lph_op_transition_run(transition);
	lph_transition_phase(transition, LPH_PHASE_SETTLED);

	mutex_lock(&lph_lock);
	running = NULL;
	/* Before the op that leaves lets go of the module, and it of the family. */
	lph_transition_settle(transition, r);
	lph_op_transition_settle(transition);
	mutex_unlock(&lph_lock);
}

/* The oldest that waits for its turn: it ran into running_patches before. */
static void next_patches(void)
{
	struct lph_transition *next;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(next, &lph_transitions, node) {
		if (next->state != LPH_TRANSITION_QUEUED || !lph_transition_is_patch(next))
			continue;
		queue_delayed_work(lph_queue, &next->work, 0);
		return;
	}
}

static void end_patches(struct lph_transition *transition, int r)
{
	/* Whether by the cancel that was accepted or by itself: all is as it was. */
	if (r && !lph_switch_cancel(&transition->sw)) {
		transition->sw.reversed = true;
		r = 0;
	}
	lph_patch_end(transition, r);
	lph_transition_phase(transition, LPH_PHASE_SETTLED);
	mutex_lock(&lph_lock);
	if (running_patches == transition)
		running_patches = NULL;
	lph_transition_settle(transition, r);
	next_patches();
	mutex_unlock(&lph_lock);
}

/* Return: is it @transition's turn? Else it was cancelled, or waits. */
static bool begin_patches(struct lph_transition *transition)
{
	bool cancelled, turn;

	mutex_lock(&lph_lock);
	cancelled = atomic_read(&transition->sw.fate) == LPH_FATE_CANCELLED;
	transition->sw.reversed = cancelled;
	turn = !running_patches && !cancelled;
	if (turn) {
		running_patches = transition;
		lph_transition_begin(transition);
	}
	mutex_unlock(&lph_lock);
	if (cancelled)
		end_patches(transition, 0);
	return turn;
}

static void look_again(struct lph_transition *transition, unsigned int remaining)
{
	mutex_lock(&lph_lock);
	lph_transition_note_stops(transition);
	if (transition->sw.remaining != remaining)
		lph_news()->transition(transition);
	queue_delayed_work(lph_queue, &transition->work, lph_switch_delay(&transition->sw));
	mutex_unlock(&lph_lock);
}

static void run_patches(struct lph_transition *transition)
{
	unsigned int remaining = transition->sw.remaining;
	int r = 0;

	if (transition->state == LPH_TRANSITION_QUEUED) {
		if (!begin_patches(transition))
			return;
		lph_transition_phase(transition, LPH_PHASE_START);
		r = lph_patch_begin(transition);
	}
	if (!r)
		r = lph_patch_look(transition);
	if (r == -EINPROGRESS)
		look_again(transition, remaining);
	else
		end_patches(transition, r);
}

static void run(struct work_struct *work)
{
	struct lph_transition *transition =
		container_of(to_delayed_work(work), struct lph_transition, work);

	if (lph_transition_is_patch(transition))
		run_patches(transition);
	else
		run_op(transition);
	tidy();
	/* This text is waited for: the queue is destroyed before the module goes. */
	if (lph_transition_settled(transition))
		module_put(THIS_MODULE);
}

/**
 * lph_transition_queue() - let a transition run when its turn comes
 * @transition: new, given away
 *
 * Context: lph_lock.
 */
void lph_transition_queue(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	INIT_DELAYED_WORK(&transition->work, run);
	transition->id = ++last_id;
	transition->queued_at = ktime_get_real();
	transition->queued = ktime_get();
	list_add_tail(&transition->node, &lph_transitions);
	__module_get(THIS_MODULE);
	lph_news()->transition(transition);
	queue_delayed_work(lph_queue, &transition->work, 0);
}

/**
 * lph_transition_cancel() - let a transition of patches be reversed
 * @transition: queued or running
 * @error: filled on failure
 *
 * Context: lph_lock.
 * Where it is accepted, the transition will be LPH_TRANSITION_REVERSED.
 *
 * Return: 0, -EALREADY or -EOPNOTSUPP.
 */
int lph_transition_cancel(struct lph_transition *transition, struct lph_error *error)
{
	lockdep_assert_held(&lph_lock);
	if (lph_transition_settled(transition))
		return lph_error(error, -EALREADY, "this transition has settled already");
	if (!lph_transition_is_patch(transition))
		return lph_error(error, -EOPNOTSUPP,
				 "a transition of tracers waits for nobody: undo it by another one");
	if (!lph_switch_cancel(&transition->sw))
		return lph_error(error, -EALREADY, "%s",
				 atomic_read(&transition->sw.fate) == LPH_FATE_CANCELLED ?
					 "this transition is being reversed already" :
					 "too late to cancel this transition, all tasks have switched: undo it by another one");
	mod_delayed_work(lph_queue, &transition->work, 0);
	return 0;
}

/**
 * lph_transition_of_patches() - the transition of patches that is running, or NULL
 *
 * Context: lph_lock.
 */
struct lph_transition *lph_transition_of_patches(void)
{
	lockdep_assert_held(&lph_lock);
	return running_patches;
}

/**
 * lph_transition_running() - id of the running transition, or 0
 *
 * Context: lph_lock.
 */
u64 lph_transition_running(void)
{
	lockdep_assert_held(&lph_lock);
	if (running)
		return running->id;
	return running_patches ? running_patches->id : 0;
}

/**
 * lph_transition_exit() - let the queue run empty and forget the history
 *
 * Context: module unload: no request comes any more, and all transitions have
 * settled, since each pins the module until then. What they leave to be done in the
 * background is on its way: the last one may still be queueing that.
 */
void lph_transition_exit(void)
{
	flush_workqueue(lph_queue);
	lph_exit_cancel();
	cancel_delayed_work_sync(&detach_idle_work);
	lph_transition_forget();
}
