// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph_churn: functions that sleep, run, call each other and handle task work, for
 * patches to come and go on. In debugfs, lph_churn/:
 *
 *	run		1 starts the kernel's own callers; 0 ends all calls and
 *			returns when there are none and the counts are final
 *	call		reading it makes one call, which CHURN_AT() of the position says
 *	bodies		function, whose body, how often it was entered and left
 *	faults		calls that returned what no body returns; calls of
 *			lph_churn_outer() that did not run the bodies of one owner
 *	fault		the first of these, in words
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "guest_compat.h"
#include "lph_churn.h"

static atomic_t in_calls;
static DECLARE_WAIT_QUEUE_HEAD(no_calls);

bool churn_stopping = true;
DECLARE_WAIT_QUEUE_HEAD(churn_stopped);

static struct dentry *dir;
static DEFINE_MUTEX(lock);

struct churn_body {
	atomic64_t entered;
	atomic64_t left;
};

static struct churn_body bodies[CHURN_TARGETS][CHURN_OWNERS];
static atomic64_t mismatches, mixtures;

/* Written by whoever makes the first fault. */
static char fault[192];
static atomic_t faults;

static const char *const target_names[CHURN_TARGETS] = {
	[CHURN_OUTER] = "outer",
	[CHURN_INNER] = "inner",
	[CHURN_TAIL] = "tail",
	[CHURN_COLD] = "cold",
	[CHURN_SLEEP] = "sleep",
};

static const char *const owner_names[CHURN_OWNERS + 1] = {
	[CHURN_ORIGINAL] = "original",
	[CHURN_A] = "churn_a",
	[CHURN_B] = "churn_b",
	[CHURN_C] = "churn_c",
	[CHURN_OWNERS] = "none",
};

static const char *const rest_names[CHURN_RESTS] = {
	[CHURN_NOT] = "none",
	[CHURN_BUSY] = "busy",
	[CHURN_NAP] = "nap",
	[CHURN_SIT] = "sit",
	[CHURN_DEAF] = "deaf",
	[CHURN_GUEST] = "guest",
};

/* ------------------------------------------------------------- what bodies call */

static void enter(enum churn_target target, enum churn_owner owner)
{
	atomic64_inc(&bodies[target][owner].entered);
}

static void leave(enum churn_target target, enum churn_owner owner)
{
	atomic64_inc(&bodies[target][owner].left);
}

static void busy(unsigned int us)
{
	unsigned int i;

	for (i = 0; i < us && !READ_ONCE(churn_stopping); i += 1000) {
		mdelay(1);
		cond_resched();
	}
}

/* The loop of a vCPU, with a nap in the place of the guest. */
static void guest(unsigned long end)
{
	while (!READ_ONCE(churn_stopping) && time_before(jiffies, end)) {
		if (lph_guest_mode_work())
			break;
		usleep_range(500, 1500);
	}
}

static void nap(unsigned long end)
{
	while (!READ_ONCE(churn_stopping) && time_before(jiffies, end))
		usleep_range(100, 2000);
}

static void rest(const struct churn_call *call)
{
	unsigned long left = usecs_to_jiffies(call->us);

	switch (call->rest) {
	case CHURN_BUSY:
		busy(call->us);
		break;
	case CHURN_NAP:
		nap(jiffies + left);
		break;
	case CHURN_SIT:
		if (current->flags & PF_KTHREAD)
			wait_event_idle_timeout(churn_stopped, READ_ONCE(churn_stopping), left);
		else
			wait_event_interruptible_timeout(churn_stopped, READ_ONCE(churn_stopping),
							 left);
		break;
	case CHURN_DEAF:
		wait_event_killable_timeout(churn_stopped, READ_ONCE(churn_stopping), left);
		break;
	case CHURN_GUEST:
		guest(jiffies + left);
		break;
	default:
		break;
	}
}

static const struct churn_ops ops = {
	.enter = enter,
	.leave = leave,
	.rest = rest,
	.inner = lph_churn_inner,
};

/* ------------------------------------------------------------------------ calls */

/* Whose body returned @value? CHURN_OWNERS: nobody's. */
static enum churn_owner owner_of(const struct churn_call *call, enum churn_target target,
				 u64 value)
{
	enum churn_owner owner;

	for (owner = 0; owner < CHURN_OWNERS; owner++)
		if (value == churn_value(call, target, owner))
			break;
	return owner;
}

static void tell(const char *what, const struct churn_call *call, enum churn_target target,
		 enum churn_owner owner, enum churn_owner first, enum churn_owner second)
{
	if (atomic_inc_return(&faults) != 1)
		return;
	snprintf(fault, sizeof(fault),
		 "task %d (%s): lph_churn_%s(), rest %s, %s: ran %s, in it %s and %s",
		 current->pid, current->comm, target_names[target], rest_names[call->rest], what,
		 owner_names[owner], owner_names[first], owner_names[second]);
}

static void check(const struct churn_call *call, enum churn_target target, u64 value)
{
	enum churn_owner owner = owner_of(call, target, value), first = owner, second = owner;

	if (target == CHURN_OUTER) {
		first = owner_of(call, CHURN_INNER, call->inner[0]);
		second = owner_of(call, CHURN_INNER, call->inner[1]);
	}
	if (owner == CHURN_OWNERS || first == CHURN_OWNERS || second == CHURN_OWNERS) {
		atomic64_inc(&mismatches);
		tell("returned what no body returns", call, target, owner, first, second);
	} else if (first != owner || second != owner) {
		atomic64_inc(&mixtures);
		tell("mixed bodies", call, target, owner, first, second);
	}
}

static u64 call_target(enum churn_target target, struct churn_call *call)
{
	switch (target) {
	case CHURN_OUTER:
		return lph_churn_outer(call);
	case CHURN_INNER:
		return lph_churn_inner(call);
	case CHURN_TAIL:
		return lph_churn_tail(call);
	case CHURN_COLD:
		return lph_churn_cold(call);
	default:
		return lph_churn_sleep(call);
	}
}

bool churn_call(enum churn_target target, enum churn_rest rest, unsigned int us)
{
	struct churn_call call = {
		.ops = &ops,
		.seed = get_random_u32(),
		.rest = rest,
		.us = us,
	};
	bool stopping;

	atomic_inc(&in_calls);
	/* A call that is not counted sees the flag; pairs with run_set(). */
	smp_mb__after_atomic();
	stopping = READ_ONCE(churn_stopping);
	if (!stopping)
		check(&call, target, call_target(target, &call));
	if (atomic_dec_and_test(&in_calls) && READ_ONCE(churn_stopping))
		wake_up(&no_calls);
	return !stopping;
}

/* ---------------------------------------------------------------------- debugfs */

static int run_get(void *data, u64 *val)
{
	*val = !churn_stopping;
	return 0;
}

static void stop(void)
{
	WRITE_ONCE(churn_stopping, true);
	/* Who is not seen in a call sees the flag; pairs with churn_call(). */
	smp_mb();
	wake_up_all(&churn_stopped);
	churn_callers_stop();
	wait_event(no_calls, !atomic_read(&in_calls));
}

static int run_set(void *data, u64 val)
{
	int r = 0;

	mutex_lock(&lock);
	if (!val) {
		stop();
	} else if (churn_stopping) {
		WRITE_ONCE(churn_stopping, false);
		r = churn_callers_start();
		if (r)
			stop();
	}
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(run_fops, run_get, run_set, "%llu\n");

/* Nobody holds the module who could not call. */
static int call_open(struct inode *inode, struct file *file)
{
	return READ_ONCE(churn_stopping) ? -ESHUTDOWN : 0;
}

/* Returns 0 bytes, as at the end of a file. */
static ssize_t call_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	u64 at = *pos;
	enum churn_target target = at & 0xff;
	enum churn_rest how = at >> 8 & 0xff;

	if (target >= CHURN_TARGETS || how >= CHURN_RESTS)
		return -EINVAL;
	return churn_call(target, how, at >> 16) ? 0 : -ESHUTDOWN;
}

static const struct file_operations call_fops = {
	.owner = THIS_MODULE,
	.open = call_open,
	.read = call_read,
	.llseek = default_llseek,
};

static int bodies_show(struct seq_file *m, void *v)
{
	enum churn_target target;
	enum churn_owner owner;

	for (target = 0; target < CHURN_TARGETS; target++) {
		for (owner = 0; owner < CHURN_OWNERS; owner++) {
			struct churn_body *body = &bodies[target][owner];
			/* In this order a body in use never seems to have been left too often. */
			s64 left = atomic64_read_acquire(&body->left);

			seq_printf(m, "%s %s %lld %lld\n", target_names[target], owner_names[owner],
				   atomic64_read(&body->entered), left);
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bodies);

static int faults_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%lld %lld\n", atomic64_read(&mismatches), atomic64_read(&mixtures));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faults);

static int fault_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", fault);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fault);

static int __init lph_churn_init(void)
{
	dir = debugfs_create_dir("lph_churn", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("bodies", 0400, dir, NULL, &bodies_fops);
	debugfs_create_file("faults", 0400, dir, NULL, &faults_fops);
	debugfs_create_file("fault", 0400, dir, NULL, &fault_fops);
	debugfs_create_file("call", 0400, dir, NULL, &call_fops);
	debugfs_create_file_unsafe("run", 0600, dir, NULL, &run_fops);
	return 0;
}
module_init(lph_churn_init);

static void __exit lph_churn_exit(void)
{
	run_set(NULL, 0);
	debugfs_remove(dir);
}
module_exit(lph_churn_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Functions for patches to come and go on");
