// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own callers: threads, works of two kinds of worker, and interrupts. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "lph_churn.h"

#define CHURN_THREADS_MAX	16
#define CHURN_WORKS		4
#define CHURN_IRQ_NS		(2 * NSEC_PER_MSEC)

static unsigned int threads = 2;
module_param(threads, uint, 0400);
MODULE_PARM_DESC(threads, "kernel threads that call, at most 16");

static bool works = true;
module_param(works, bool, 0400);
MODULE_PARM_DESC(works, "workqueues call, too");

static bool irqs = true;
module_param(irqs, bool, 0400);
MODULE_PARM_DESC(irqs, "interrupts call, too");

static unsigned int targets = (1 << CHURN_TARGETS) - 1;
module_param(targets, uint, 0400);
MODULE_PARM_DESC(targets, "which functions these call, a bit for each");

static struct task_struct *callers[CHURN_THREADS_MAX];
static struct delayed_work work[CHURN_WORKS];
static DEFINE_PER_CPU(struct hrtimer, timer);
static bool timers_set_up;

static unsigned int below(unsigned int n)
{
	return get_random_u32() % n;
}

/* Mostly a short one, now and then one that outlasts the first looks of a transition. */
static bool call_any(void)
{
	static const enum churn_rest rests[] = { CHURN_NOT, CHURN_BUSY, CHURN_NAP, CHURN_SIT };
	unsigned int us = below(100) ? below(3000) : below(400000);
	enum churn_target target = below(CHURN_TARGETS);

	if (!(targets & 1 << target))
		return !READ_ONCE(churn_stopping);
	return churn_call(target, rests[below(ARRAY_SIZE(rests))], us);
}

static int caller(void *unused)
{
	while (!kthread_should_stop()) {
		call_any();
		usleep_range(200, 4000);
	}
	return 0;
}

/* Half of them on the CPU that queued them, the others on any. */
static void queue(struct delayed_work *next)
{
	struct workqueue_struct *wq = (next - work) % 2 ? system_unbound_wq : system_wq;

	queue_delayed_work(wq, next, msecs_to_jiffies(2 + below(20)));
}

static void call_and_again(struct work_struct *this)
{
	if (call_any())
		queue(to_delayed_work(this));
}

static enum hrtimer_restart interrupt(struct hrtimer *this)
{
	if (!churn_call(CHURN_INNER, CHURN_NOT, 0))
		return HRTIMER_NORESTART;
	hrtimer_forward_now(this, ns_to_ktime(CHURN_IRQ_NS));
	return HRTIMER_RESTART;
}

/* Where its CPU goes offline, another one takes over the timer. */
static void start_timer(void *unused)
{
	hrtimer_start(this_cpu_ptr(&timer), ns_to_ktime(CHURN_IRQ_NS), HRTIMER_MODE_REL_HARD);
}

int churn_callers_start(void)
{
	struct task_struct *task;
	unsigned int i;
	int cpu;

	for (i = 0; i < min_t(unsigned int, threads, CHURN_THREADS_MAX); i++) {
		task = kthread_run(caller, NULL, "lph_churn/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		callers[i] = task;
	}
	for (i = 0; i < CHURN_WORKS; i++) {
		INIT_DELAYED_WORK(&work[i], call_and_again);
		if (works)
			queue(&work[i]);
	}
	for_each_possible_cpu(cpu)
		hrtimer_setup(per_cpu_ptr(&timer, cpu), interrupt, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_HARD);
	timers_set_up = true;
	if (irqs)
		on_each_cpu(start_timer, NULL, 1);
	return 0;
}

void churn_callers_stop(void)
{
	unsigned int i;
	int cpu;

	for (i = 0; i < CHURN_THREADS_MAX; i++) {
		if (callers[i])
			kthread_stop(callers[i]);
		callers[i] = NULL;
	}
	if (!timers_set_up)
		return;
	for (i = 0; i < CHURN_WORKS; i++)
		cancel_delayed_work_sync(&work[i]);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(per_cpu_ptr(&timer, cpu));
	timers_set_up = false;
}
