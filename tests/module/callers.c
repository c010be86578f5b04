// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers of the targets, in task, softirq, hardirq and NMI context of every
 * online CPU. Each has counters of its own that nobody else writes: no call is
 * counted twice or lost.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#include "lph_test.h"

static unsigned int threads = 1;
module_param(threads, uint, 0644);
MODULE_PARM_DESC(threads, "task callers a CPU");

static unsigned int burst = 16;
module_param(burst, uint, 0644);
MODULE_PARM_DESC(burst, "calls of each target in a task caller's turn; the others make one");

static unsigned int task_us = 100;
module_param(task_us, uint, 0644);
MODULE_PARM_DESC(task_us, "pause between a task caller's turns, 0: never sleep");

static unsigned int softirq_us = 1000;
module_param(softirq_us, uint, 0644);
MODULE_PARM_DESC(softirq_us, "pause between calls in softirq context, 0: none");

static unsigned int hardirq_us = 1000;
module_param(hardirq_us, uint, 0644);
MODULE_PARM_DESC(hardirq_us, "pause between calls in hardirq context, 0: none");

static unsigned int nmi_us = 1000;
module_param(nmi_us, uint, 0644);
MODULE_PARM_DESC(nmi_us, "pause between NMIs, 0: none");

struct lph_caller {
	u64 seed;
	struct lph_counts counts[LPH_TARGETS];
};

struct lph_thread {
	struct task_struct *task;
	struct lph_caller caller;
};

struct lph_cpu {
	struct hrtimer timer[LPH_CONTEXTS];	/* LPH_SOFTIRQ and LPH_HARDIRQ */
	struct lph_caller caller[LPH_CONTEXTS]; /* all but LPH_TASK */
	/* Set by the sender of an NMI, cleared when its calls have returned. */
	bool nmi_pending;
};

static struct lph_cpu __percpu *cpus;
static struct lph_thread *task_callers;
static unsigned int nr_task_callers;
static struct task_struct *nmi_sender;
static bool running;

static u64 lph_random(struct lph_caller *caller)
{
	u64 x = caller->seed;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	caller->seed = x;
	return x;
}

static void lph_account(struct lph_counts *counts, u64 value, u64 expected)
{
	WRITE_ONCE(counts->calls, counts->calls + 1);
	if (likely(value == expected))
		return;
	if (value == (expected ^ LPH_PATCHED))
		WRITE_ONCE(counts->patched, counts->patched + 1);
	else if (value == (expected ^ LPH_PATCHED2))
		WRITE_ONCE(counts->patched2, counts->patched2 + 1);
	else
		WRITE_ONCE(counts->mismatches, counts->mismatches + 1);
}

static void lph_call_targets(struct lph_caller *caller)
{
	struct lph_counts *c = caller->counts;
	u64 a[LPH_TARGET_ARGS];
	unsigned int i;

	for (i = 0; i < LPH_TARGET_ARGS; i++)
		a[i] = lph_random(caller);

	lph_account(c++, lph_target_0(a[0]), lph_value_1(0, a[0]));
	lph_account(c++, lph_target_1(a[0], a[1]), lph_value_2(1, a[0], a[1]));
	lph_account(c++, lph_target_2(a[0], a[1], a[2]), lph_value_3(2, a[0], a[1], a[2]));
	lph_account(c++, lph_target_3(a[0], a[1], a[2], a[3]),
		    lph_value_4(3, a[0], a[1], a[2], a[3]));
	lph_account(c++, lph_target_4(a[0], a[1], a[2], a[3], a[4]),
		    lph_value_5(4, a[0], a[1], a[2], a[3], a[4]));
	lph_account(c++, lph_target_5(a[0], a[1], a[2], a[3], a[4], a[5]),
		    lph_value_6(5, a[0], a[1], a[2], a[3], a[4], a[5]));
	lph_account(c++, lph_target_6(a[0], a[1], a[2], a[3], a[4], a[5], a[6]),
		    lph_value_7(6, a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
	lph_account(c++, lph_target_7(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]),
		    lph_value_8(7, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]));
	lph_account(c++, lph_target_8(a[0], a[1], a[2]), lph_value_3(8, a[0], a[1], a[2]));
	lph_account(c++, lph_target_9(a[0], a[1], a[2], a[3], a[4], a[5], a[6]),
		    lph_value_7(9, a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

static int lph_task_caller(void *data)
{
	struct lph_caller *caller = data;
	unsigned int i, pause;

	while (!kthread_should_stop()) {
		for (i = READ_ONCE(burst); i; i--)
			lph_call_targets(caller);
		pause = READ_ONCE(task_us);
		if (pause)
			usleep_range(pause, pause + pause / 4);
		else
			cond_resched();
	}
	return 0;
}

static ktime_t lph_interval(unsigned int us)
{
	return ns_to_ktime((u64)us * NSEC_PER_USEC);
}

static enum hrtimer_restart lph_timer(struct hrtimer *timer, enum lph_context context,
				      unsigned int pause)
{
	lph_call_targets(this_cpu_ptr(&cpus->caller[context]));
	if (!pause)
		return HRTIMER_NORESTART;

	/* A whole pause from here, however long the calls took. */
	hrtimer_forward(timer, ktime_add_us(ktime_get(), pause), lph_interval(pause));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart lph_softirq_caller(struct hrtimer *timer)
{
	return lph_timer(timer, LPH_SOFTIRQ, READ_ONCE(softirq_us));
}

static enum hrtimer_restart lph_hardirq_caller(struct hrtimer *timer)
{
	return lph_timer(timer, LPH_HARDIRQ, READ_ONCE(hardirq_us));
}

static void lph_start_timers(void *unused)
{
	struct lph_cpu *cpu = this_cpu_ptr(cpus);

	if (softirq_us)
		hrtimer_start(&cpu->timer[LPH_SOFTIRQ], lph_interval(softirq_us),
			      HRTIMER_MODE_REL_PINNED_SOFT);
	if (hardirq_us)
		hrtimer_start(&cpu->timer[LPH_HARDIRQ], lph_interval(hardirq_us),
			      HRTIMER_MODE_REL_PINNED_HARD);
}

static int lph_nmi_caller(unsigned int type, struct pt_regs *regs)
{
	struct lph_cpu *cpu = this_cpu_ptr(cpus);

	if (!READ_ONCE(cpu->nmi_pending))
		return NMI_DONE;

	lph_call_targets(&cpu->caller[LPH_NMI]);
	/* Whoever sees it cleared sees the counts; pairs with lph_callers_stop(). */
	smp_store_release(&cpu->nmi_pending, false);
	return NMI_HANDLED;
}

static int lph_nmi_sender(void *unused)
{
	unsigned int n, pause;

	while (!kthread_should_stop()) {
		for_each_online_cpu(n) {
			struct lph_cpu *cpu = per_cpu_ptr(cpus, n);

			if (READ_ONCE(cpu->nmi_pending))
				continue;
			WRITE_ONCE(cpu->nmi_pending, true);
			/* The NMI must find it set; pairs with its being an interrupt. */
			smp_mb();
			apic->send_IPI(n, NMI_VECTOR);
		}
		pause = max(READ_ONCE(nmi_us), 1u);
		usleep_range(pause, pause + pause / 4);
	}
	return 0;
}

static int lph_start_threads(void)
{
	unsigned int cpu, i, n = threads;

	task_callers = kcalloc(n * num_online_cpus(), sizeof(*task_callers), GFP_KERNEL);
	if (!task_callers)
		return -ENOMEM;

	for_each_online_cpu(cpu) {
		for (i = 0; i < n; i++) {
			struct lph_thread *thread = &task_callers[nr_task_callers];
			struct task_struct *task;

			thread->caller.seed = nr_task_callers + 1;
			task = kthread_create(lph_task_caller, &thread->caller, "lph_test/%u.%u",
					      cpu, i);
			if (IS_ERR(task))
				return PTR_ERR(task);
			kthread_bind(task, cpu);
			thread->task = task;
			nr_task_callers++;
			wake_up_process(task);
		}
	}
	return 0;
}

static void lph_stop_threads(void)
{
	unsigned int i;

	for (i = 0; i < nr_task_callers; i++)
		kthread_stop(task_callers[i].task);
}

static int lph_start_nmis(void)
{
	struct task_struct *task;
	int r;

	r = register_nmi_handler(NMI_LOCAL, lph_nmi_caller, 0, "lph_test");
	if (r)
		return r;

	task = kthread_run(lph_nmi_sender, NULL, "lph_test/nmi");
	if (IS_ERR(task)) {
		unregister_nmi_handler(NMI_LOCAL, "lph_test");
		return PTR_ERR(task);
	}
	nmi_sender = task;
	return 0;
}

static void lph_stop_nmis(void)
{
	unsigned int n;

	if (!nmi_sender)
		return;
	kthread_stop(nmi_sender);
	nmi_sender = NULL;
	for_each_possible_cpu(n) {
		/* Pairs with the release in lph_nmi_caller(). */
		while (smp_load_acquire(&per_cpu_ptr(cpus, n)->nmi_pending))
			usleep_range(100, 200);
	}
	unregister_nmi_handler(NMI_LOCAL, "lph_test");
}

static void lph_stop_all(void)
{
	unsigned int n;

	lph_stop_nmis();
	for_each_possible_cpu(n) {
		hrtimer_cancel(&per_cpu_ptr(cpus, n)->timer[LPH_SOFTIRQ]);
		hrtimer_cancel(&per_cpu_ptr(cpus, n)->timer[LPH_HARDIRQ]);
	}
	lph_stop_threads();
}

void lph_callers_stop(void)
{
	if (running)
		lph_stop_all();
	running = false;
}

void lph_callers_free(void)
{
	lph_callers_stop();
	kfree(task_callers);
	task_callers = NULL;
	nr_task_callers = 0;
	free_percpu(cpus);
	cpus = NULL;
}

int lph_callers_start(void)
{
	unsigned int n;
	int r;

	if (running)
		return -EBUSY;
	lph_callers_free();
	cpus = alloc_percpu(struct lph_cpu);
	if (!cpus)
		return -ENOMEM;
	for_each_possible_cpu(n) {
		struct lph_cpu *cpu = per_cpu_ptr(cpus, n);
		unsigned int i;

		for (i = 0; i < LPH_CONTEXTS; i++)
			cpu->caller[i].seed = 1 + n + i * 1024;
		hrtimer_setup(&cpu->timer[LPH_SOFTIRQ], lph_softirq_caller, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_SOFT);
		hrtimer_setup(&cpu->timer[LPH_HARDIRQ], lph_hardirq_caller, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
	}

	cpus_read_lock();
	r = lph_start_threads();
	if (!r)
		on_each_cpu(lph_start_timers, NULL, 1);
	cpus_read_unlock();
	if (!r && nmi_us)
		r = lph_start_nmis();
	if (r)
		lph_stop_all();
	else
		running = true;
	return r;
}

bool lph_callers_running(void)
{
	return running;
}

static void lph_add_counts(struct lph_counts *sum, const struct lph_counts *counts)
{
	sum->calls += READ_ONCE(counts->calls);
	sum->patched += READ_ONCE(counts->patched);
	sum->patched2 += READ_ONCE(counts->patched2);
	sum->mismatches += READ_ONCE(counts->mismatches);
}

struct lph_counts lph_callers_counts(enum lph_context context, unsigned int target)
{
	struct lph_counts sum = {};
	unsigned int n;

	if (context == LPH_TASK) {
		for (n = 0; n < nr_task_callers; n++)
			lph_add_counts(&sum, &task_callers[n].caller.counts[target]);
	} else if (cpus) {
		for_each_possible_cpu(n)
			lph_add_counts(&sum,
				       &per_cpu_ptr(cpus, n)->caller[context].counts[target]);
	}
	return sum;
}
