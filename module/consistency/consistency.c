// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a call may run the new bodies of a patch transition.
 *
 * LPH_CONSISTENCY_TASK: as in the kernel's livepatch, each task on its own:
 *
 *  1. The text that is to be left is listed (left.c). All CPUs are stopped, for a moment:
 *     each task's record is marked with the transition's epoch, and arrays are published
 *     that choose the old body for a marked task, the new one for others. So every
 *     task that there is runs the old bodies; one that is forked from now on stands
 *     nowhere, has no mark, and runs the new ones.
 *  2. Each marked task is looked at while it cannot run. Where it does not stand in
 *     the text, its mark is taken off: from its next call on it runs the new bodies. One
 *     that has not run since it was looked at is not looked at again (tasks.c).
 *  3. Those that were running at that moment are looked at with all CPUs
 *     stopped: then nobody runs. This finds idle tasks, and those in user mode.
 *  4. Who remains is asked to come by (ask.c), later with a signal's wake-up. That is on
 *     its way to user mode, but may be deep in the kernel, too, in a body even: it looks
 *     at its own stack, and takes its mark off where it does not stand in the text.
 *     Whoever remains then is looked at again, less and less often.
 *  5. When in the stop of 3 no mark is left, the transition is committed, and arrays are
 *     published that know only the new body. If a module goes, a grace period of
 *     RCU tasks passes, for tasks at the end of their exit that are in no list any more.
 *     (Such a task is not marked in 1 either: it may run one function's old body and
 *     another one's new body. So it is with the kernel's livepatch.)
 *
 * Reversal, at any point before 5: the text of the other bodies is listed. All CPUs are
 * stopped, the marks inverted (with a new epoch), and arrays published that choose the
 * other way round. Whoever had not switched is through; the others go from 2 on.
 *
 * LPH_CONSISTENCY_STOP: the text is listed, and tasks are looked at as in 2 and 3, without
 * marks: where nobody stands in the text, it is committed and all arrays are published in
 * that stop. Else try again, a little later. Then 5, from the grace period on.
 *
 * A cancel and the commitment are one atomic exchange of the switch's fate: who comes
 * second has lost. Interrupts run what the task runs that they interrupt.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/string.h>

#include "consistency/ask.h"
#include "consistency/consistency.h"
#include "consistency/left.h"
#include "consistency/stack.h"
#include "consistency/tasks.h"
#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "op-array.h"
#include "ranges.h"
#include "thread.h"

/* Looks of a STOP before it is given up: about two seconds. */
#define LPH_STOP_LOOKS 12
/* Looks of a TASK before who remains is asked, and woken: about 1 and 10 s. */
#define LPH_LOOKS_ASK 7
#define LPH_LOOKS_WAKE 16

/* Transition queue. */
static u32 last_epoch;

/* One at a time: too large for a stack. Transition queue. */
static struct lph_round all;

/*
 * The text that marked tasks are to leave, for those that come by: from when the first one
 * is asked until the switch ends. Transition queue.
 */
static struct lph_text __rcu *asked_for;

static void publish(void *data)
{
	const struct lph_switch *sw = data;
	struct lph_function *fn;

	list_for_each_entry(fn, &sw->functions, turn.node)
		lph_op_switch(fn);
}

static int prepare(struct lph_switch *sw, bool both_new)
{
	struct lph_choice choice = { .epoch = sw->epoch };
	struct lph_function *fn;
	int r = 0;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &sw->functions, turn.node) {
		choice.body[LPH_NEW] = fn->turn.to;
		choice.body[LPH_OLD] = both_new ? fn->turn.to : fn->turn.from;
		r = lph_op_prepare(fn, &choice);
		if (r)
			break;
	}
	mutex_unlock(&lph_lock);
	return r;
}

static void drop(struct lph_switch *sw)
{
	struct lph_function *fn;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &sw->functions, turn.node)
		lph_op_drop_prepared(fn);
	mutex_unlock(&lph_lock);
}

static void tell(struct lph_switch *sw, unsigned int remaining)
{
	mutex_lock(&lph_lock);
	sw->remaining = remaining;
	sw->blocker_count = all.blocker_count;
	memcpy(sw->blockers, all.blockers, all.blocker_count * sizeof(*all.blockers));
	mutex_unlock(&lph_lock);
}

/* --------------------------------------------------------------------- text */

/* Takes the place of what was listed; whoever is coming by may be reading that. */
static void set_text(struct lph_switch *sw, struct lph_text *text)
{
	struct lph_text *old = sw->text;

	sw->text = text;
	if (sw->asked) {
		/* Pairs with the dependent loads of come_by(). */
		rcu_assign_pointer(asked_for, text);
		synchronize_rcu();
	}
	lph_text_free(old);
	sw->relist = false;
}

/* 1. @epoch: of the marks that are about it. */
static int list_text(struct lph_switch *sw, u32 epoch, struct lph_error *error)
{
	struct lph_text *text = lph_text_new(&sw->functions, sw->goes, epoch, error);

	if (IS_ERR(text))
		return PTR_ERR(text);
	text->question = lph_tasks_question();
	set_text(sw, text);
	return 0;
}

/* -------------------------------------------------------------- asking tasks */

/* 4. In the task. It may be preempted, and the switch be over, or another one begun. */
static void come_by(u32 epoch, unsigned long *entries)
{
	const struct lph_text *text;

	rcu_read_lock();
	text = rcu_dereference(asked_for);
	if (text && text->epoch == epoch && lph_thread_old(epoch) &&
	    lph_stack_find(current, &text->ranges, entries) == LPH_STACK_CLEAR)
		lph_thread_switch(epoch);
	rcu_read_unlock();
}

static void ask(struct task_struct *task)
{
	lph_ask(task, TWA_RESUME, all.epoch, come_by);
}

static void ask_and_wake(struct task_struct *task)
{
	lph_ask(task, TWA_SIGNAL, all.epoch, come_by);
}

/* Sees to it that who stays is asked, if this is the time for it. */
static void ask_if_due(struct lph_switch *sw)
{
	all.stayed = NULL;
	if (sw->looks % LPH_LOOKS_WAKE == 0)
		all.stayed = ask_and_wake;
	else if (sw->looks == LPH_LOOKS_ASK)
		all.stayed = ask;
	if (!all.stayed)
		return;
	lph_ask_withdraw();
	sw->asked = true;
	/* As in set_text(). */
	rcu_assign_pointer(asked_for, sw->text);
}

/* ------------------------------------------------------------------- looking */

/* In the stop, where nobody stands in the text. Return: 0, or -ECANCELED. */
static int commit(void *data)
{
	struct lph_switch *sw = data;

	if (!sw->reversed && atomic_cmpxchg(&sw->fate, LPH_FATE_OPEN, LPH_FATE_COMMITTED) ==
				     LPH_FATE_CANCELLED)
		return -ECANCELED;
	publish(sw);
	return 0;
}

static void begin_round(struct lph_switch *sw)
{
	all.ranges = &sw->text->ranges;
	all.question = sw->text->question;
	all.epoch = sw->consistency == LPH_CONSISTENCY_TASK ? sw->epoch : 0;
	all.stayed = NULL;
}

/* 2, 3 and the stop of 5. Return: 0, -EAGAIN, -ECANCELED or -ENOMEM. */
static int look(struct lph_switch *sw)
{
	int r;

	begin_round(sw);
	if (sw->consistency == LPH_CONSISTENCY_TASK)
		ask_if_due(sw);
	lph_tasks_look(&all);
	/* All at once or not at all: nobody needs to be stopped to find that out. */
	if (all.remaining && (sw->consistency == LPH_CONSISTENCY_STOP || !all.running)) {
		tell(sw, all.remaining + all.running);
		return -EAGAIN;
	}
	r = prepare(sw, true);
	if (!r) {
		r = lph_tasks_stop_and_look(&all, commit, sw);
		tell(sw, all.remaining);
	}
	drop(sw);
	return r;
}

/* Rather one that stays in a function than one that came by at the wrong time. */
static const struct lph_blocker *worst_blocker(void)
{
	unsigned int i;

	for (i = 0; i < all.blocker_count; i++)
		if (all.blockers[i].reason == LPH_BLOCKED_STACK)
			return &all.blockers[i];
	return &all.blockers[0];
}

/* Everybody reads the error, and not everybody may know who stands where. */
static int give_up(struct lph_error *error)
{
	const struct lph_blocker *blocker = worst_blocker();

	if (blocker->reason == LPH_BLOCKED_UNRELIABLE) {
		pr_notice("the stack of task %d (%*pE) cannot be read reliably\n", blocker->tid,
			  (int)strnlen(blocker->comm, sizeof(blocker->comm)), blocker->comm);
		return lph_error(error, -EAGAIN,
				 "the stack of a task, which the kernel log names, cannot be read reliably: try again, or with consistency task");
	}
	pr_notice("task %d (%*pE) stands in %ps\n", blocker->tid,
		  (int)strnlen(blocker->comm, sizeof(blocker->comm)), blocker->comm,
		  (void *)blocker->addr);
	return lph_error(error, -EAGAIN,
			 "a task, which the kernel log names, stands in what is to be left at every try: wake it, or try with consistency task");
}

/* ----------------------------------------------------------------- interface */

/**
 * lph_switch_begin() - from here on tasks may switch
 * @sw: its functions are held
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock; lph_switch_end() is to follow.
 * Return: 0 or -errno with nothing changed.
 */
int lph_switch_begin(struct lph_switch *sw, struct lph_error *error)
{
	unsigned int total;
	int r;

	sw->epoch = ++last_epoch;
	r = list_text(sw, sw->epoch, error);
	if (r || sw->consistency == LPH_CONSISTENCY_STOP)
		return r;
	r = prepare(sw, false);
	if (r) {
		drop(sw);
		return lph_error(error, r, "out of memory");
	}
	total = lph_tasks_mark(sw->epoch, publish, sw);
	drop(sw);
	mutex_lock(&lph_lock);
	sw->total = total;
	sw->remaining = total;
	mutex_unlock(&lph_lock);
	return 0;
}

/**
 * lph_switch_look() - let those switch that can
 * @sw: begun
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock.
 * Return: 0 all have, and nobody is left in what goes; -EINPROGRESS look again after
 * lph_switch_delay(); -EAGAIN they will not (LPH_CONSISTENCY_STOP); -ECANCELED they
 * could, but it was cancelled.
 */
int lph_switch_look(struct lph_switch *sw, struct lph_error *error)
{
	int r;

	sw->looks++;
	if (sw->relist && list_text(sw, sw->epoch, error))
		return -EINPROGRESS;
	r = look(sw);
	if (r == -ENOMEM)
		return -EINPROGRESS;
	if (r == -EAGAIN && (sw->consistency == LPH_CONSISTENCY_TASK ||
			     sw->looks < LPH_STOP_LOOKS))
		return -EINPROGRESS;
	if (r == -EAGAIN)
		return give_up(error);
	/* 5. */
	if (!r && sw->goes)
		synchronize_rcu_tasks();
	return r;
}

/**
 * lph_switch_delay() - how long to wait before the next look
 * @sw: begun
 *
 * Return: jiffies.
 */
unsigned long lph_switch_delay(const struct lph_switch *sw)
{
	return msecs_to_jiffies(min(10U << min(sw->looks, 7U), 1000U));
}

/**
 * lph_switch_cancel() - let it be reversed
 * @sw: whose transition has not settled
 *
 * Context: any.
 * Return: false where it comes too late, or is the second one; see @sw->fate.
 */
bool lph_switch_cancel(struct lph_switch *sw)
{
	return atomic_cmpxchg(&sw->fate, LPH_FATE_OPEN, LPH_FATE_CANCELLED) == LPH_FATE_OPEN;
}

static void turn_around(struct lph_switch *sw)
{
	struct lph_function *fn;

	list_for_each_entry(fn, &sw->functions, turn.node)
		swap(fn->turn.from, fn->turn.to);
	swap(sw->comes, sw->goes);
}

/**
 * lph_switch_reverse() - go back to the bodies from before
 * @sw: LPH_CONSISTENCY_TASK, begun, cancelled
 *
 * Context: transition queue, without lph_lock.
 * Return: 0, or -errno with nothing changed, to be tried again.
 */
int lph_switch_reverse(struct lph_switch *sw)
{
	struct lph_error ignored;
	struct lph_text *text;
	u32 epoch = sw->epoch;
	unsigned int marked;
	int r;

	turn_around(sw);
	sw->epoch = ++last_epoch;
	text = lph_text_new(&sw->functions, sw->goes, sw->epoch, &ignored);
	r = IS_ERR(text) ? PTR_ERR(text) : prepare(sw, false);
	if (r) {
		drop(sw);
		if (!IS_ERR(text))
			lph_text_free(text);
		sw->epoch = epoch;
		turn_around(sw);
		return r;
	}
	lph_ask_withdraw();
	text->question = lph_tasks_question();
	marked = lph_tasks_invert(epoch, sw->epoch, publish, sw);
	drop(sw);
	set_text(sw, text);
	sw->reversed = true;
	sw->looks = 0;
	all.blocker_count = 0;
	tell(sw, marked);
	return 0;
}

/**
 * lph_switch_end() - nothing of a switch is left behind
 * @sw: through, failed, or never begun
 *
 * Context: transition queue, without lph_lock.
 */
void lph_switch_end(struct lph_switch *sw)
{
	if (!sw->text)
		return;
	lph_ask_withdraw();
	set_text(sw, NULL);
	lph_tasks_forget();
}

/* ------------------------------------------------------------------ backends */

static int move(void *fn)
{
	lph_function_moved(fn);
	return 0;
}

/**
 * lph_switch_backend() - let the direct call of a function run its ops
 * @fn: a function that both backends are attached to, and the shared one runs
 * @error: filled on failure
 *
 * A call passes the shared callback first, then the trampoline, and each of them looks
 * at the function's backend. So that changes while no call is between the two.
 *
 * Context: transition queue, without lph_lock; sleeps.
 * Return: 0, or -EAGAIN or -ENOMEM with nothing changed.
 */
int lph_switch_backend(struct lph_function *fn, struct lph_error *error)
{
	struct lph_ranges between = {};
	unsigned int tries;
	int r;

	r = lph_text_between(&between, fn);
	if (r) {
		lph_ranges_clear(&between);
		return lph_error(error, r, "out of memory");
	}
	all.ranges = &between;
	all.question = lph_tasks_question();
	all.epoch = 0;
	all.stayed = NULL;
	r = -EAGAIN;
	for (tries = 0; r && tries < LPH_STOP_LOOKS; tries++) {
		if (tries)
			msleep(1U << tries);
		lph_tasks_look(&all);
		if (!all.remaining)
			r = lph_tasks_stop_and_look(&all, move, fn);
	}
	lph_ranges_clear(&between);
	lph_tasks_forget();
	if (r)
		lph_error(error, r, "some task was about to enter %s at every try: try again",
			  fn->symbol.name);
	return r;
}
