// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kind "latency": how long calls take, from where they enter the body to where
 * it returns.
 *
 * The start is in the call's frame, which stays on the stack until the body has
 * returned (arch.h); so it nests, sleeps and moves to other CPUs with the call,
 * and a livepatch's body is measured as any other is.
 *
 * What is measured outlives the op, as long as calls are on their way that will
 * return to us:
 *
 *  1. A call that finds the op in its array counts as under way, preemption off.
 *  2. It returns: it is counted as measured, and no longer as under way.
 *  3. The last op lets go, a grace period behind its last array: no call begins.
 *     If none is under way, all is freed. Else it is an orphan,
 *  4. and after a grace period each call that returns has read that before it
 *     ceased to be under way, and lets the orphans be looked at again.
 *
 * The module stays loaded as long, whose text the calls return to. A task that ends in
 * a call does not return: it is taken for under way no longer, on_exit().
 *
 * Some calls are lost without a trace: an oops that kills a task throws its stack away
 * before the task ends. So, now and then:
 *
 *  5. Each task is looked at (under-way.c), for calls of orphans on its stack. No call
 *     of an orphan begins any more, so that a task without one remains so.
 *  6. Tasks that ended meanwhile, or were on their way to that and in no list any more,
 *     are waited for by RCU tasks.
 *  7. If all could be looked at, what is under way of an orphan that was on no stack
 *     is lost: that is told, and the orphan freed. Else the module stays.
 *
 * In an interrupt no call of an orphan can be: all CPUs have switched tasks since.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "arch.h"
#include "counters.h"
#include "function.h"
#include "kinds/latency.h"
#include "kinds/level.h"
#include "kinds/under-way.h"
#include "op.h"
#include "symbol.h"

#define BODIES (LPH_BODIES + 1)

/**
 * struct lph_measured - what was measured on one CPU
 * @calls: how many calls took how long, by body and bucket
 * @under_way: how many began here, less how many returned here; only the sum over
 *	all CPUs says something
 */
struct lph_measured {
	u64 calls[BODIES][LPH_LATENCY_BUCKETS];
	u64 under_way;
};

/**
 * struct lph_latency - what an op has measured
 * @node: in orphans; orphans_lock
 * @users: ops of one id, one in the place of the other
 * @orphan: no op measures any more, and calls are under way
 * @sought: was an orphan when the look at all tasks began
 * @found: that look has found a call of it on a stack
 * @unsure: looks that could not tell
 * @function: what was measured, its name
 * @measured: per CPU
 */
struct lph_latency {
	struct list_head node;
	refcount_t users;
	bool orphan;
	bool sought;
	bool found;
	unsigned int unsure;
	char *function;
	struct lph_measured __percpu *measured;
};

/* Of looks at all tasks for lost calls: the first, then twice as much each time. */
#define LOOK_MIN HZ
#define LOOK_MAX (60 * HZ)
/* So many looks that cannot tell are told. */
#define UNSURE_LOOKS 5

/* Protects orphans, and when they are looked for. */
static DEFINE_MUTEX(orphans_lock);
static LIST_HEAD(orphans);

static struct tracepoint *exit_tracepoint;

/* How many struct lph_latency there are. */
static atomic_t count;

static void destroy(struct lph_latency *latency)
{
	free_percpu(latency->measured);
	kfree(latency->function);
	kfree(latency);
	atomic_dec(&count);
	module_put(THIS_MODULE);
}

/* Exact where no call begins any more, and nobody is between reading @orphan and this. */
static u64 under_way(const struct lph_latency *latency)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(latency->measured, cpu)->under_way);
	return n;
}

/* 4. */
static void look_at_orphans(struct work_struct *work)
{
	struct lph_latency *latency, *next;

	/* Pairs with end_call(): as in collect() of garbage.c. */
	synchronize_rcu_tasks_rude();
	synchronize_rcu();
	mutex_lock(&orphans_lock);
	list_for_each_entry_safe(latency, next, &orphans, node) {
		if (under_way(latency))
			continue;
		list_del(&latency->node);
		destroy(latency);
	}
	mutex_unlock(&orphans_lock);
}

static DECLARE_WORK(orphans_work, look_at_orphans);

static void queue_orphans_work(struct irq_work *work)
{
	queue_work(system_dfl_wq, &orphans_work);
}

/* Calls return in any context, and a work is not queued in any. */
static DEFINE_IRQ_WORK(orphans_irq_work, queue_orphans_work);

/* ------------------------------------------------------------- lost calls */

/* Those on a stack are under way, and so none of them is freed. */
static void found(struct lph_frame *frame)
{
	unsigned int i;

	for (i = 0; i < frame->measures; i++)
		WRITE_ONCE(frame->latency[i]->found, true);
}

/* 7. */
static void give_up_lost(struct lph_latency *latency, u64 n)
{
	pr_warn(KBUILD_MODNAME ": gave up %llu call%s of %s: never returned, and no task is in there any more\n",
		n, n == 1 ? "" : "s", latency->function);
	list_del(&latency->node);
	destroy(latency);
}

static void note_unsure(struct lph_latency *latency, u64 n)
{
	if (latency->found || ++latency->unsure != UNSURE_LOOKS)
		return;
	pr_warn(KBUILD_MODNAME ": keep %llu call%s of %s: not every task's stack can be read, so that one may still return; the module stays loaded\n",
		n, n == 1 ? "" : "s", latency->function);
}

/* Return: is there an orphan? */
static bool begin_seeking(void)
{
	struct lph_latency *latency;
	bool any = false;

	mutex_lock(&orphans_lock);
	list_for_each_entry(latency, &orphans, node) {
		any = true;
		latency->sought = true;
		WRITE_ONCE(latency->found, false);
	}
	mutex_unlock(&orphans_lock);
	return any;
}

static void look_for_lost(struct work_struct *work);

static DECLARE_DELAYED_WORK(lost_work, look_for_lost);
/* Between the next look and the one behind it; orphans_lock. */
static unsigned long look_delay;

/* However many orphans come, the look is not put off for ever. */
static void queue_first_look(void)
{
	lockdep_assert_held(&orphans_lock);
	if (look_delay == LOOK_MIN)
		queue_delayed_work(system_dfl_wq, &lost_work, LOOK_MIN);
	else
		mod_delayed_work(system_dfl_wq, &lost_work, LOOK_MIN);
	look_delay = LOOK_MIN;
}

static void look_for_lost(struct work_struct *work)
{
	struct lph_latency *latency, *next;
	bool all;
	u64 n;

	if (!begin_seeking())
		return;
	/* 5. */
	all = lph_under_way_look(found);
	/* 6. The first waits for whom do_exit() has begun with, the second for their ends. */
	synchronize_rcu_tasks();
	synchronize_rcu();

	mutex_lock(&orphans_lock);
	list_for_each_entry_safe(latency, next, &orphans, node) {
		n = latency->sought ? under_way(latency) : 0;
		if (n && all && !latency->found)
			give_up_lost(latency, n);
		else if (n && !all)
			note_unsure(latency, n);
	}
	look_delay = min(2 * look_delay, (unsigned long)LOOK_MAX);
	if (!list_empty(&orphans))
		queue_delayed_work(system_dfl_wq, &lost_work, look_delay);
	mutex_unlock(&orphans_lock);
}

/* -------------------------------------------------------- what is measured */

/**
 * lph_latency_new() - nothing measured yet
 * @function: of what, its name
 *
 * Context: process; the module is in use.
 * Return: for lph_latency_put(), or NULL without memory.
 */
struct lph_latency *lph_latency_new(const char *function)
{
	struct lph_latency *latency = kzalloc(sizeof(*latency), GFP_KERNEL);

	if (!latency)
		return NULL;
	latency->function = kstrdup(function, GFP_KERNEL);
	latency->measured = alloc_percpu(struct lph_measured);
	if (!latency->function || !latency->measured) {
		free_percpu(latency->measured);
		kfree(latency->function);
		kfree(latency);
		return NULL;
	}
	refcount_set(&latency->users, 1);
	atomic_inc(&count);
	__module_get(THIS_MODULE);
	return latency;
}

struct lph_latency *lph_latency_get(struct lph_latency *latency)
{
	refcount_inc(&latency->users);
	return latency;
}

/**
 * lph_latency_put() - an op lets go
 * @latency: what it has measured
 *
 * Context: process; no call finds the op any more.
 */
void lph_latency_put(struct lph_latency *latency)
{
	if (!refcount_dec_and_test(&latency->users))
		return;
	/* 3. */
	if (!under_way(latency)) {
		destroy(latency);
		return;
	}
	WRITE_ONCE(latency->orphan, true);
	mutex_lock(&orphans_lock);
	list_add(&latency->node, &orphans);
	queue_first_look();
	mutex_unlock(&orphans_lock);
	queue_work(system_dfl_wq, &orphans_work);
}

/* A clock may be something that can be traced. */
static u64 now(void)
{
	unsigned int level = lph_kind_take();
	u64 ns = ktime_get_mono_fast_ns();

	lph_kind_leave(level);
	return ns;
}

/* 1. */
void lph_latency_run(struct lph_op *op, struct lph_frame *frame)
{
	if (!lph_kind_may_enter(op))
		return;
	if (frame->measures == LPH_MEASURES) {
		lph_op_missed(op);
		return;
	}
	this_cpu_inc(op->latency->measured->under_way);
	frame->latency[frame->measures++] = op->latency;
}

/**
 * lph_latency_begin() - a measured call is about to enter its body
 * @frame: the call
 * @body: of lph_body_index()
 *
 * Context: any, preemption off.
 */
void lph_latency_begin(struct lph_frame *frame, unsigned int body)
{
	frame->index = body;
	frame->start = now();
}

/* The clock may seem to go back a little, where it is being adjusted. */
static unsigned int bucket_of(s64 ns)
{
	return ns > 0 ? min(__fls(ns), LPH_LATENCY_BUCKETS - 1UL) : 0;
}

/*
 * 2. All behind this may be freed; what is told, before, is whether somebody waits for
 * that. Pairs with look_at_orphans(), whose grace period preemption holds off.
 */
static bool end_call(struct lph_latency *latency)
{
	bool orphan = READ_ONCE(latency->orphan);

	barrier();
	this_cpu_dec(latency->measured->under_way);
	return orphan;
}

/**
 * lph_latency_return() - the body of a measured call has returned
 * @frame: the call
 *
 * Context: any that the function returns in; calls nothing traceable, but for
 * the clock, and for irq_work_queue() when an op has gone.
 */
void lph_latency_return(struct lph_frame *frame)
{
	unsigned int bucket, i;
	bool orphan = false;

	preempt_disable_notrace();
	bucket = bucket_of(now() - frame->start);
	for (i = 0; i < frame->measures; i++) {
		struct lph_latency *latency = frame->latency[i];

		this_cpu_inc(latency->measured->calls[frame->index][bucket]);
		orphan |= end_call(latency);
	}
	if (unlikely(orphan))
		irq_work_queue(&orphans_irq_work);
	preempt_enable_notrace();
}

/* The frame says so, too, should the call return all the same. */
static void abandon(struct lph_frame *frame)
{
	bool orphan = false;

	preempt_disable_notrace();
	for (; frame->measures; frame->measures--)
		orphan |= end_call(frame->latency[frame->measures - 1]);
	if (orphan)
		irq_work_queue(&orphans_irq_work);
	preempt_enable_notrace();
}

/* The current task is about to end, and nothing that called us will go on. */
static void on_exit(void *data, struct task_struct *task)
{
	if (atomic_read(&count))
		lph_arch_each_measured(current, abandon);
}

/**
 * lph_latency_calls() - how many calls of a body took a certain time
 * @latency: what was measured
 * @body: of lph_body_index()
 * @bucket: the time, see LPH_BODY_A_LATENCY
 *
 * Context: any; exact once no call is under way.
 */
u64 lph_latency_calls(const struct lph_latency *latency, unsigned int body, unsigned int bucket)
{
	u64 calls = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		calls += READ_ONCE(per_cpu_ptr(latency->measured, cpu)->calls[body][bucket]);
	return calls;
}

/**
 * lph_latency_merge() - add what was measured of one body to another
 * @latency: what was measured
 * @from: body that ends at 0
 * @to: body that gets it
 *
 * Context: process, behind lph_latency_settle(): no call is measured for either
 * body any more.
 */
void lph_latency_merge(struct lph_latency *latency, unsigned int from, unsigned int to)
{
	unsigned int bucket;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct lph_measured *measured = per_cpu_ptr(latency->measured, cpu);

		for (bucket = 0; bucket < LPH_LATENCY_BUCKETS; bucket++) {
			measured->calls[to][bucket] += measured->calls[from][bucket];
			measured->calls[from][bucket] = 0;
		}
	}
}

/**
 * lph_latency_settle() - wait until calls have been measured whose bodies have returned
 *
 * One may have left its body, and be preempted in lph_latency_return().
 *
 * Context: process, without lph_lock; sleeps, where something is measured.
 */
void lph_latency_settle(void)
{
	if (!atomic_read(&count))
		return;
	synchronize_rcu_tasks_rude();
	synchronize_rcu_tasks();
}

/**
 * lph_latency_init() - follow tasks that end
 *
 * Context: module load.
 * Return: 0 or -errno, with a message in the kernel log.
 */
int lph_latency_init(void)
{
	int r = -ENOENT;

	exit_tracepoint = lph_symbol_tracepoint("sched_process_exit");
	if (exit_tracepoint)
		r = tracepoint_probe_register(exit_tracepoint, on_exit, NULL);
	if (r)
		pr_err("cannot follow the tracepoint sched_process_exit: %pe\n", ERR_PTR(r));
	return r;
}

/**
 * lph_latency_exit() - wait until nobody is in lph_latency_return()
 *
 * Context: module unload: the module was let go when the last call had been
 * counted, which may not have returned yet.
 */
void lph_latency_exit(void)
{
	tracepoint_probe_unregister(exit_tracepoint, on_exit, NULL);
	tracepoint_synchronize_unregister();
	/* Whoever has counted the last call has queued what he had to. */
	synchronize_rcu_tasks_rude();
	irq_work_sync(&orphans_irq_work);
	flush_work(&orphans_work);
	cancel_delayed_work_sync(&lost_work);
	synchronize_rcu_tasks();
}
