// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a call may run the new bodies of a patch transition.
 *
 * LPH_CONSISTENCY_STOP: all CPUs are stopped; where none of the functions is on
 * any stack, all arrays are published at once. Else try again, a little later.
 *
 * LPH_CONSISTENCY_TASK: as in the kernel's livepatch, each task on its own:
 *
 *  1. All CPUs are stopped, for a moment: each task's record is marked with the
 *     transition's epoch, and arrays are published that choose the old body for
 *     a marked task, the new one for others. So every task that there is runs
 *     the old bodies; one that is forked from now on inherits its parent's mark.
 *  2. Each marked task is looked at while it cannot run. Where none of the
 *     functions is on its stack, its mark is taken off: from its next call on it
 *     runs the new bodies.
 *  3. Those that were running at that moment are looked at with all CPUs
 *     stopped: then nobody runs. This finds idle tasks, and those in user mode.
 *  4. Who remains is asked to come by on its way out of the kernel, where its
 *     stack is empty (task work), later with a signal's wake-up, and is looked at
 *     again, less and less often.
 *  5. When no mark is left, arrays are published that know only the new body.
 *
 * Reversal, at any point before 5: all CPUs are stopped, the marks inverted (with
 * a new epoch), and arrays published that choose the other way round. Whoever had
 * not switched is through; the others go from 2 on.
 *
 * Interrupts run what the task runs that they interrupt.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/task_work.h>
#include <linux/tracepoint.h>
#include <linux/wait.h>

#include "arch.h"
#include "consistency.h"
#include "function.h"
#include "op.h"
#include "symbol.h"
#include "thread.h"

/* Looks of a STOP before it is given up: about two seconds. */
#define LPH_STOP_LOOKS 12
/* Looks of a TASK before who remains is asked, and woken: about 1 and 10 s. */
#define LPH_LOOKS_ASK 7
#define LPH_LOOKS_WAKE 16

/* Written on the transition queue; read by forks, too. */
static u32 last_epoch;

/* Transition queue. */
static struct tracepoint *fork_tracepoint;

/* Task works that have not run yet, and who waits for them. */
static atomic_t asked;
static DECLARE_WAIT_QUEUE_HEAD(none_asked);

/* What a look has found. */
struct lph_found {
	struct lph_switch *sw;
	unsigned int remaining;
	bool running;
	unsigned int blocker_count;
	struct lph_blocker blockers[LPH_BLOCKERS];
};

/* Transition queue. */
static struct lph_found found;

static void note(const struct lph_blocker *blocker)
{
	found.remaining++;
	if (found.blocker_count < LPH_BLOCKERS)
		found.blockers[found.blocker_count++] = *blocker;
}

/* Does @task, which is not dying right now, still have a stack, and so a record? */
static bool alive(struct task_struct *task)
{
	return READ_ONCE(task->__state) != TASK_DEAD && refcount_read(&task->stack_refcount);
}

/* Calls @each for every task, idle ones included, until it returns nonzero. */
static int each_task(int (*each)(struct task_struct *task))
{
	struct task_struct *group, *task;
	int cpu, r;

	rcu_read_lock();
	for_each_process_thread(group, task) {
		r = each(task);
		if (r)
			goto out;
	}
	for_each_possible_cpu(cpu) {
		r = each(lph_idle_task(cpu));
		if (r)
			break;
	}
out:
	rcu_read_unlock();
	return r;
}

/* ---------------------------------------------------- with all CPUs stopped */

static void publish(const struct lph_switch *sw)
{
	struct lph_function *fn;

	list_for_each_entry(fn, &sw->functions, turn.node)
		lph_op_switch(fn);
}

/* The only tasks that run are those that stop their CPUs. */
static int look_stopped(struct task_struct *task)
{
	struct lph_blocker blocker;

	if (!alive(task) || task->on_cpu)
		return 0;
	if (lph_stack_look(task, found.sw, &blocker))
		note(&blocker);
	return 0;
}

static int stop_and_switch(void *sw)
{
	each_task(look_stopped);
	if (found.remaining)
		return -EAGAIN;
	publish(sw);
	return 0;
}

static int mark(struct task_struct *task)
{
	if (alive(task)) {
		lph_thread_set_old(task, found.sw->epoch);
		found.remaining++;
	}
	return 0;
}

/* 1. */
static int stop_and_mark(void *sw)
{
	each_task(mark);
	publish(sw);
	return 0;
}

static int invert(struct task_struct *task)
{
	bool old;

	if (!alive(task))
		return 0;
	old = lph_thread_is_old(task, found.sw->epoch);
	lph_thread_set_old(task, old ? 0 : last_epoch);
	found.remaining += !old;
	return 0;
}

static int stop_and_invert(void *sw)
{
	WRITE_ONCE(last_epoch, last_epoch + 1);
	each_task(invert);
	publish(sw);
	return 0;
}

static int switch_stopped(struct task_struct *task)
{
	struct lph_blocker blocker;

	if (!alive(task) || task->on_cpu ||
	    !lph_thread_is_old(task, found.sw->epoch))
		return 0;
	if (lph_stack_look(task, found.sw, &blocker))
		note(&blocker);
	else
		lph_thread_set_old(task, 0);
	return 0;
}

/* 3. Those that stop their CPUs stand in no function of ours. */
static int switch_running(struct task_struct *task)
{
	if (task->on_cpu && lph_thread_is_old(task, found.sw->epoch))
		lph_thread_set_old(task, 0);
	return 0;
}

static int stop_and_look(void *unused)
{
	each_task(switch_running);
	each_task(switch_stopped);
	return 0;
}

/* -------------------------------------------------------------- asking tasks */

struct request {
	struct callback_head work;
	u32 epoch;
};

/* 4. Runs in the task, on its way out of the kernel: nothing is on its stack. */
static void switch_current(struct callback_head *work)
{
	struct request *request = container_of(work, struct request, work);

	if (lph_thread_old(request->epoch))
		lph_thread_set_old(current, 0);
	kfree(request);
	if (atomic_dec_and_test(&asked))
		wake_up(&none_asked);
}

static void ask(struct task_struct *task, enum task_work_notify_mode how)
{
	struct request *request;

	if (task->flags & (PF_KTHREAD | PF_EXITING))
		return;
	request = kmalloc(sizeof(*request), GFP_ATOMIC);
	if (!request)
		return;
	init_task_work(&request->work, switch_current);
	request->epoch = found.sw->epoch;
	atomic_inc(&asked);
	if (task_work_add(task, &request->work, how)) {
		kfree(request);
		atomic_dec(&asked);
	}
}

static void ask_if_due(struct task_struct *task)
{
	if (found.sw->looks % LPH_LOOKS_WAKE == 0)
		ask(task, TWA_SIGNAL);
	else if (found.sw->looks == LPH_LOOKS_ASK)
		ask(task, TWA_RESUME);
}

/* ------------------------------------------------------------------- looking */

/* Under the task's locks: it neither begins nor ceases to run. */
static int look_at(struct task_struct *task, void *data)
{
	struct lph_blocker *blocker = data;

	if (!alive(task) || !lph_thread_is_old(task, found.sw->epoch))
		return 0;
	if (task->on_cpu && task != current) {
		found.running = true;
		return -EAGAIN;
	}
	if (lph_stack_look(task, found.sw, blocker)) {
		note(blocker);
		return -EAGAIN;
	}
	lph_thread_set_old(task, 0);
	return 0;
}

/* 2. */
static int look(struct task_struct *task)
{
	struct lph_blocker blocker;
	int r;

	if (task == current)
		r = look_at(task, &blocker);
	else
		r = lph_task_call_func(task, look_at, &blocker);
	if (r)
		ask_if_due(task);
	return 0;
}

static void begin_look(struct lph_switch *sw)
{
	found.sw = sw;
	found.remaining = 0;
	found.running = false;
	found.blocker_count = 0;
}

static void tell(struct lph_switch *sw)
{
	mutex_lock(&lph_lock);
	sw->remaining = found.remaining;
	sw->blocker_count = found.blocker_count;
	memcpy(sw->blockers, found.blockers, found.blocker_count * sizeof(*found.blockers));
	mutex_unlock(&lph_lock);
}

static int look_at_tasks(struct lph_switch *sw)
{
	begin_look(sw);
	each_task(look);
	if (found.running) {
		begin_look(sw);
		stop_machine(stop_and_look, NULL, NULL);
	}
	tell(sw);
	return found.remaining ? -EAGAIN : 0;
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

/* Rather one that stays in a function than one that came by at the wrong time. */
static const struct lph_blocker *worst_blocker(void)
{
	unsigned int i;

	for (i = 0; i < found.blocker_count; i++)
		if (found.blockers[i].reason == LPH_BLOCKED_STACK)
			return &found.blockers[i];
	return &found.blockers[0];
}

static int look_at_all(struct lph_switch *sw, struct lph_error *error)
{
	const struct lph_blocker *blocker;
	int r;

	r = prepare(sw, true);
	if (r) {
		drop(sw);
		return lph_error(error, r, "out of memory");
	}
	begin_look(sw);
	r = stop_machine(stop_and_switch, sw, NULL);
	drop(sw);
	tell(sw);
	if (r != -EAGAIN || sw->looks < LPH_STOP_LOOKS)
		return r == -EAGAIN ? -EINPROGRESS : r;
	blocker = worst_blocker();
	if (blocker->reason == LPH_BLOCKED_UNRELIABLE)
		return lph_error(error, -EAGAIN,
				 "the stack of task %d (%s) cannot be read reliably: try again, or with consistency task",
				 blocker->tid, blocker->comm);
	return lph_error(error, -EAGAIN,
			 "task %d (%s) stands in %ps at every try: wake it, or try with consistency task",
			 blocker->tid, blocker->comm, (void *)blocker->addr);
}

/* --------------------------------------------------------------------- forks */

static void inherit(void *data, struct task_struct *parent, struct task_struct *child)
{
	u32 epoch = READ_ONCE(last_epoch);

	if (lph_thread_old(epoch))
		lph_thread_set_old(child, epoch);
}

static int follow_forks(struct lph_error *error)
{
	int r;

	if (!fork_tracepoint)
		fork_tracepoint = lph_symbol_tracepoint("sched_process_fork");
	if (!fork_tracepoint)
		return lph_error(error, -EOPNOTSUPP,
				 "this kernel has no tracepoint sched_process_fork: use consistency stop");
	r = tracepoint_probe_register(fork_tracepoint, inherit, NULL);
	if (r)
		lph_error(error, r, "cannot follow forks (%pe)", ERR_PTR(r));
	return r;
}

/* ----------------------------------------------------------------- interface */

/**
 * lph_switch_begin() - from here on tasks may switch
 * @sw: its functions are held
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock.
 * Return: 0 or -errno with nothing changed.
 */
int lph_switch_begin(struct lph_switch *sw, struct lph_error *error)
{
	int r;

	if (sw->consistency == LPH_CONSISTENCY_STOP)
		return 0;
	r = follow_forks(error);
	if (r)
		return r;
	WRITE_ONCE(last_epoch, last_epoch + 1);
	sw->epoch = last_epoch;
	r = prepare(sw, false);
	if (r) {
		drop(sw);
		tracepoint_probe_unregister(fork_tracepoint, inherit, NULL);
		return lph_error(error, r, "out of memory");
	}
	begin_look(sw);
	stop_machine(stop_and_mark, sw, NULL);
	drop(sw);
	mutex_lock(&lph_lock);
	sw->total = found.remaining;
	mutex_unlock(&lph_lock);
	tell(sw);
	return 0;
}

/**
 * lph_switch_look() - let those switch that can
 * @sw: begun
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock.
 * Return: 0 all have; -EINPROGRESS look again after lph_switch_delay(); -EAGAIN
 * they will not (LPH_CONSISTENCY_STOP); or -ENOMEM.
 */
int lph_switch_look(struct lph_switch *sw, struct lph_error *error)
{
	sw->looks++;
	if (sw->consistency == LPH_CONSISTENCY_STOP)
		return look_at_all(sw, error);
	return look_at_tasks(sw) ? -EINPROGRESS : 0;
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

static void turn_around(struct lph_switch *sw)
{
	struct lph_function *fn;

	list_for_each_entry(fn, &sw->functions, turn.node) {
		swap(fn->turn.from, fn->turn.to);
		fn->turn.from_size = lph_symbol_size(fn->turn.from);
	}
}

/**
 * lph_switch_reverse() - go back to the bodies from before
 * @sw: LPH_CONSISTENCY_TASK, begun and not finished
 *
 * Context: transition queue, without lph_lock.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int lph_switch_reverse(struct lph_switch *sw)
{
	u32 epoch = sw->epoch;
	int r;

	turn_around(sw);
	sw->epoch = last_epoch + 1;
	r = prepare(sw, false);
	sw->epoch = epoch;
	if (r) {
		drop(sw);
		turn_around(sw);
		return r;
	}
	begin_look(sw);
	stop_machine(stop_and_invert, sw, NULL);
	sw->epoch = last_epoch;
	sw->looks = 0;
	drop(sw);
	tell(sw);
	return 0;
}

/**
 * lph_switch_finish() - all tasks have switched: there is only one body again
 * @sw: of which lph_switch_look() said 0, or that was begun with
 *	LPH_CONSISTENCY_STOP
 *
 * Context: transition queue, without lph_lock.
 * Return: 0, or -ENOMEM: to be tried again.
 */
int lph_switch_finish(struct lph_switch *sw)
{
	int r;

	if (sw->consistency == LPH_CONSISTENCY_STOP)
		return 0;
	/* 5. No task has the mark, so that all arrays say the same meanwhile. */
	r = prepare(sw, true);
	if (!r) {
		publish(sw);
		tracepoint_probe_unregister(fork_tracepoint, inherit, NULL);
	}
	drop(sw);
	return r;
}

/* The function that lph_switch_backend() is about; transition queue. */
static struct lph_function *moving;

static int look_between(struct task_struct *task)
{
	if (!alive(task) || task->on_cpu)
		return 0;
	return lph_stack_between(task, moving);
}

static int stop_and_move(void *unused)
{
	int r = each_task(look_between);

	if (!r)
		WRITE_ONCE(moving->backend, LPH_BACKEND_DIRECT);
	return r;
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
 * Return: 0, or -EAGAIN with nothing changed.
 */
int lph_switch_backend(struct lph_function *fn, struct lph_error *error)
{
	unsigned int tries;
	int r = -EAGAIN;

	moving = fn;
	for (tries = 0; r && tries < LPH_STOP_LOOKS; tries++) {
		if (tries)
			msleep(1U << tries);
		r = stop_machine(stop_and_move, NULL, NULL);
	}
	if (r)
		lph_error(error, r, "some task was about to enter %s at every try: try again",
			  fn->symbol.name);
	return r;
}

/**
 * lph_switch_exit() - wait for what tasks were asked to run
 *
 * Context: module unload.
 */
void lph_switch_exit(void)
{
	tracepoint_synchronize_unregister();
	wait_event(none_asked, !atomic_read(&asked));
	/* For the last one to have returned from our text. */
	synchronize_rcu_tasks();
}
