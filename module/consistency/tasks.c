// SPDX-License-Identifier: GPL-2.0-only
/*
 * All tasks: which of them stand in some text, and their marks.
 *
 * A task can be looked at while it cannot run: it is off its CPU and kept there, or
 * all CPUs are stopped. Stopping them hurts the whole machine, for as long as it
 * lasts. So:
 *
 *  1. Each task is looked at while the others run. What was found is kept in its
 *     record, with its count of context switches.
 *  2. All CPUs are stopped. Whose count has not moved since has not run, and stands
 *     where it stood. The others are looked at now: those few that were running,
 *     or have run since, or are new.
 *
 * So what is done in the stop is a walk over the tasks, some 30 instructions each,
 * and it is the one that decides: in 1 a task may be missed, which takes over the id of
 * another in execve(), or is made meanwhile. One that is not in the list of
 * tasks any more, at the end of its exit, is found by neither: whoever
 * frees text waits for a grace period of RCU tasks as well.
 */
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "arch.h"
#include "consistency/stack.h"
#include "consistency/tasks.h"
#include "thread.h"

/* Transition queue. */
static u32 last_question;
static u64 longest_stop;

/* Does @task, which is not dying right now, still have a stack, and so a record? */
static bool alive(struct task_struct *task)
{
	return READ_ONCE(task->__state) != TASK_DEAD && refcount_read(&task->stack_refcount);
}

static u64 switches(const struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

/* Its CPU went offline in it, and will begin anew if it comes back. */
static bool is_abandoned(const struct task_struct *task)
{
	return is_idle_task(task) && cpu_is_offline(task_cpu(task));
}

static void note(struct lph_round *round, const struct task_struct *task, unsigned long found)
{
	struct lph_blocker *blocker;

	round->remaining++;
	if (round->blocker_count == LPH_BLOCKERS)
		return;
	blocker = &round->blockers[round->blocker_count++];
	blocker->pid = task->tgid;
	blocker->tid = task->pid;
	memcpy(blocker->comm, task->comm, sizeof(blocker->comm));
	blocker->addr = found > LPH_STACK_UNRELIABLE ? found : 0;
	blocker->reason = blocker->addr ? LPH_BLOCKED_STACK : LPH_BLOCKED_UNRELIABLE;
}

/* Where @task stands, which cannot run; what it said last time, if that still holds. */
static unsigned long find(struct lph_round *round, struct task_struct *task)
{
	u64 count = switches(task);
	unsigned long found;

	if (lph_thread_answered(task, round->question, count, &found))
		return found;
	if (is_abandoned(task))
		found = lph_stack_scan(task, round->ranges);
	else
		found = lph_stack_find(task, round->ranges, round->entries);
	/* The current one runs on without its count being moved. */
	if (task != current)
		lph_thread_answer(task, round->question, count, found);
	return found;
}

static void judge(struct lph_round *round, struct task_struct *task, unsigned long found)
{
	if (found != LPH_STACK_CLEAR)
		note(round, task, found);
	else if (round->epoch)
		lph_thread_set_old(task, 0);
}

static bool is_wanted(const struct lph_round *round, struct task_struct *task)
{
	return alive(task) && (!round->epoch || lph_thread_is_old(task, round->epoch));
}

/* ------------------------------------------------------- while others run */

/*
 * Under the task's locks: it neither begins nor ceases to run, and does not die.
 * Return: nonzero where it stays as it is.
 */
static int look_at(struct task_struct *task, void *data)
{
	struct lph_round *round = data;
	unsigned int remaining = round->remaining;

	if (!is_wanted(round, task))
		return 0;
	if (task->on_cpu && task != current && !is_abandoned(task)) {
		round->running++;
		return -EAGAIN;
	}
	judge(round, task, find(round, task));
	return round->remaining != remaining;
}

static void look(struct lph_round *round, struct task_struct *task)
{
	int r;

	if (task == current)
		r = look_at(task, round);
	else
		r = lph_task_call_func(task, look_at, round);
	if (r && round->stayed)
		round->stayed(task);
}

/* The task with the lowest id from *@nr on, held; *@nr is that behind it. */
static struct task_struct *next_from(int *nr)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	while (!task && (pid = lph_find_ge_pid(*nr, &init_pid_ns))) {
		*nr = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_PID);
	}
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/**
 * lph_tasks_question() - what tasks are asked from here on is another question
 *
 * Context: transition queue.
 * Return: for struct lph_round; never 0, which is in the records of new tasks.
 */
u32 lph_tasks_question(void)
{
	last_question++;
	return last_question ?: ++last_question;
}

/**
 * lph_tasks_look() - look at those that do not run
 * @round: filled; @running says how many there are besides
 *
 * Context: transition queue; sleeps.
 */
void lph_tasks_look(struct lph_round *round)
{
	struct task_struct *task;
	int cpu, nr = 1;

	round->running = 0;
	round->remaining = 0;
	round->blocker_count = 0;
	while ((task = next_from(&nr))) {
		look(round, task);
		put_task_struct(task);
		cond_resched();
	}
	/* No CPU comes or goes while its idle task is looked at. */
	cpus_read_lock();
	for_each_possible_cpu(cpu)
		look(round, lph_idle_task(cpu));
	cpus_read_unlock();
}

static int forget(struct task_struct *task, void *unused)
{
	if (alive(task))
		lph_thread_answer(task, 0, 0, 0);
	return 0;
}

/**
 * lph_tasks_forget() - leave the records of tasks as they were, where somebody minds
 *
 * DEBUG_STACK_USAGE takes the lowest word that is not zero for the depth of the stack.
 *
 * Context: transition queue; sleeps.
 */
void lph_tasks_forget(void)
{
	struct task_struct *task;
	int nr = 1;

	if (!IS_ENABLED(CONFIG_DEBUG_STACK_USAGE))
		return;
	while ((task = next_from(&nr))) {
		if (task != current)
			lph_task_call_func(task, forget, NULL);
		put_task_struct(task);
		cond_resched();
	}
}

/* ---------------------------------------------------- with all CPUs stopped */

/* What is done in a stop. */
struct stop {
	struct lph_round *round;
	u32 from;
	u32 to;
	unsigned int marked;
	int (*decide)(void *data);
	void (*publish)(void *data);
	void *data;
};

/* For each task, idle ones included; the compiler makes a loop of it. */
static __always_inline void each_task(void (*each)(struct task_struct *task, struct stop *stop),
				      struct stop *stop)
{
	struct task_struct *group, *task;
	int cpu;

	rcu_read_lock();
	for_each_process_thread(group, task)
		each(task, stop);
	rcu_read_unlock();
	for_each_possible_cpu(cpu)
		each(lph_idle_task(cpu), stop);
}

/* Of the tasks that run, each stops its CPU, and stands where this one does. */
static __always_inline void look_stopped(struct task_struct *task, struct stop *stop)
{
	struct lph_round *round = stop->round;

	if (!is_wanted(round, task))
		return;
	if (task->on_cpu && !is_abandoned(task))
		judge(round, task, round->self);
	else
		judge(round, task, find(round, task));
}

static int stop_and_look(void *data)
{
	struct stop *stop = data;
	struct lph_round *round = stop->round;

	round->remaining = 0;
	round->blocker_count = 0;
	round->self = lph_stack_find(current, round->ranges, round->entries);
	each_task(look_stopped, stop);
	return round->remaining ? -EAGAIN : stop->decide(stop->data);
}

static __always_inline void mark(struct task_struct *task, struct stop *stop)
{
	if (!alive(task))
		return;
	lph_thread_set_old(task, stop->to);
	stop->marked++;
}

static int stop_and_mark(void *data)
{
	struct stop *stop = data;

	each_task(mark, stop);
	stop->publish(stop->data);
	return 0;
}

static __always_inline void invert(struct task_struct *task, struct stop *stop)
{
	bool old;

	if (!alive(task))
		return;
	old = lph_thread_is_old(task, stop->from);
	lph_thread_set_old(task, old ? 0 : stop->to);
	stop->marked += !old;
}

static int stop_and_invert(void *data)
{
	struct stop *stop = data;

	each_task(invert, stop);
	stop->publish(stop->data);
	return 0;
}

struct timed {
	int (*run)(void *data);
	void *data;
};

static int run_timed(void *data)
{
	struct timed *timed = data;
	u64 begun = ktime_get_mono_fast_ns();
	int r = timed->run(timed->data);

	longest_stop = max(longest_stop, ktime_get_mono_fast_ns() - begun);
	return r;
}

static int stop_cpus(int (*run)(void *data), struct stop *stop)
{
	struct timed timed = { run, stop };

	return stop_machine(run_timed, &timed, NULL);
}

/**
 * lph_tasks_stop_and_look() - if nobody stands in the text, do something at that moment
 * @round: of lph_tasks_look(), which makes this one short; filled
 * @then: what is done, with all CPUs stopped
 * @data: for @then
 *
 * Context: transition queue; sleeps.
 * Return: what @then does, or -EAGAIN.
 */
int lph_tasks_stop_and_look(struct lph_round *round, int (*then)(void *data), void *data)
{
	struct stop stop = { .round = round, .decide = then, .data = data };

	return stop_cpus(stop_and_look, &stop);
}

/**
 * lph_tasks_mark() - mark every task at one moment, and do something at that moment
 * @epoch: the mark, see thread.c
 * @then: what is done, with all CPUs stopped
 * @data: for @then
 *
 * Context: transition queue; sleeps.
 * Return: how many tasks.
 */
unsigned int lph_tasks_mark(u32 epoch, void (*then)(void *data), void *data)
{
	struct stop stop = { .to = epoch, .publish = then, .data = data };

	stop_cpus(stop_and_mark, &stop);
	return stop.marked;
}

/**
 * lph_tasks_invert() - mark those that have no mark, and take it off the others
 * @epoch: the mark that some have
 * @to: the mark that the others get
 * @then: what is done at the same moment, with all CPUs stopped
 * @data: for @then
 *
 * Context: transition queue; sleeps.
 * Return: how many are marked.
 */
unsigned int lph_tasks_invert(u32 epoch, u32 to, void (*then)(void *data), void *data)
{
	struct stop stop = { .from = epoch, .to = to, .publish = then, .data = data };

	stop_cpus(stop_and_invert, &stop);
	return stop.marked;
}

/**
 * lph_tasks_take_longest_stop() - how long the longest stop took since this was asked
 *
 * Context: transition queue.
 * Return: nanoseconds, from when all CPUs stood still; 0 where none was stopped.
 */
u64 lph_tasks_take_longest_stop(void)
{
	u64 ns = longest_stop;

	longest_stop = 0;
	return ns;
}
