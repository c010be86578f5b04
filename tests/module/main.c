// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph_test: functions to trace and to patch, and callers that know exactly how
 * often they called them and what they got back. In debugfs, lph_test/:
 *
 *	run		1 starts the callers, with counts of 0; 0 stops them and
 *			returns when the counts are final
 *	calls		function, context, calls, patched, patched2, mismatches
 *	sleeper		1 sends a thread into lph_target_sleep(), 0 takes it out
 *	sit		whoever writes 1 sits in lph_target_sleep() until it is killed
 *	rewind		1 has a thread end in lph_target_rewind(), without a stack
 *	slept		which body the last one ran: original, patched, none yet
 *	serve		whoever writes 1 serves a guest in lph_target_serve() until
 *			another one writes 0, which returns when that has left; 1: it does
 *	worked		how many task works ran meanwhile on top of that function
 *	served		which body the last one ran: original, patched, none yet
 *	int3		1 executes an int3 in every context: see int3.c
 *	cost		nanoseconds of 1000 calls of lph_target_2, interrupts off
 */
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>

#include "lph_test.h"

static struct dentry *dir;
static DEFINE_MUTEX(lock);
static const char *slept = "none";

static int run_get(void *data, u64 *val)
{
	*val = lph_callers_running();
	return 0;
}

static int run_set(void *data, u64 val)
{
	int r = 0;

	if (val > 1)
		return -EINVAL;
	mutex_lock(&lock);
	if (val)
		r = lph_callers_start();
	else
		lph_callers_stop();
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(run_fops, run_get, run_set, "%llu\n");

static int sleeper_get(void *data, u64 *val)
{
	*val = lph_sleeper_running();
	return 0;
}

static int sleeper_set(void *data, u64 val)
{
	int r;

	if (val > 1)
		return -EINVAL;
	mutex_lock(&lock);
	r = val ? lph_sleeper_start() : lph_sleeper_stop();
	if (!val && r >= 0) {
		slept = r ? "patched" : "original";
		r = 0;
	}
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(sleeper_fops, sleeper_get, sleeper_set, "%llu\n");

static int sit_set(void *data, u64 val)
{
	return val == 1 ? lph_sit_here() : -EINVAL;
}
DEFINE_DEBUGFS_ATTRIBUTE(sit_fops, NULL, sit_set, "%llu\n");

static int rewind_set(void *data, u64 val)
{
	int r;

	if (val != 1)
		return -EINVAL;
	mutex_lock(&lock);
	r = lph_rewind();
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(rewind_fops, NULL, rewind_set, "%llu\n");

static int int3_set(void *data, u64 val)
{
	int r;

	if (val != 1)
		return -EINVAL;
	mutex_lock(&lock);
	r = lph_int3_everywhere();
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(int3_fops, NULL, int3_set, "%llu\n");

static int slept_show(struct seq_file *m, void *v)
{
	mutex_lock(&lock);
	seq_printf(m, "%s\n", slept);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(slept);

static int serve_get(void *data, u64 *val)
{
	*val = lph_server_serves();
	return 0;
}

static int serve_set(void *data, u64 val)
{
	if (val > 1)
		return -EINVAL;
	if (val)
		return lph_server_run();
	lph_server_stop();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(serve_fops, serve_get, serve_set, "%llu\n");

static int worked_get(void *data, u64 *val)
{
	*val = lph_server_worked();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(worked_fops, worked_get, NULL, "%llu\n");

static int served_show(struct seq_file *m, void *v)
{
	static const char *const bodies[] = {
		[LPH_RAN_NOTHING] = "none",
		[LPH_RAN_ORIGINAL] = "original",
		[LPH_RAN_PATCHED] = "patched",
	};

	seq_printf(m, "%s\n", bodies[lph_server_ran()]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(served);

static int cost_show(struct seq_file *m, void *v)
{
	unsigned long flags;
	unsigned int i;
	u64 ns;

	local_irq_save(flags);
	/* The first ones fill caches. */
	for (i = 0; i < 100; i++)
		lph_target_2(i, i, i);
	ns = ktime_get_ns();
	for (i = 0; i < 1000; i++)
		lph_target_2(i, i, i);
	ns = ktime_get_ns() - ns;
	local_irq_restore(flags);
	seq_printf(m, "%llu\n", ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cost);

static int calls_show(struct seq_file *m, void *v)
{
	static const char *const contexts[LPH_CONTEXTS] = {
		[LPH_TASK] = "task",
		[LPH_SOFTIRQ] = "softirq",
		[LPH_HARDIRQ] = "hardirq",
		[LPH_NMI] = "nmi",
	};
	unsigned int context, target;

	mutex_lock(&lock);
	for (target = 0; target < LPH_TARGETS; target++) {
		for (context = 0; context < LPH_CONTEXTS; context++) {
			struct lph_counts counts = lph_callers_counts(context, target);

			seq_printf(m, "lph_target_%u %s %llu %llu %llu %llu\n", target,
				   contexts[context], counts.calls, counts.patched,
				   counts.patched2, counts.mismatches);
		}
	}
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(calls);

static int __init lph_test_init(void)
{
	int r;

	r = lph_stale_init();
	if (r)
		return r;
	r = lph_int3_init();
	if (r)
		goto stale_exit;
	dir = debugfs_create_dir("lph_test", NULL);
	if (IS_ERR(dir)) {
		r = PTR_ERR(dir);
		goto int3_exit;
	}
	debugfs_create_file_unsafe("run", 0600, dir, NULL, &run_fops);
	debugfs_create_file("calls", 0400, dir, NULL, &calls_fops);
	debugfs_create_file_unsafe("sleeper", 0600, dir, NULL, &sleeper_fops);
	debugfs_create_file_unsafe("sit", 0200, dir, NULL, &sit_fops);
	debugfs_create_file_unsafe("rewind", 0200, dir, NULL, &rewind_fops);
	debugfs_create_file_unsafe("int3", 0200, dir, NULL, &int3_fops);
	debugfs_create_file("slept", 0400, dir, NULL, &slept_fops);
	debugfs_create_file_unsafe("serve", 0600, dir, NULL, &serve_fops);
	debugfs_create_file_unsafe("worked", 0400, dir, NULL, &worked_fops);
	debugfs_create_file("served", 0400, dir, NULL, &served_fops);
	debugfs_create_file("cost", 0400, dir, NULL, &cost_fops);
	return 0;

int3_exit:
	lph_int3_exit();
stale_exit:
	lph_stale_exit();
	return r;
}
module_init(lph_test_init);

static void __exit lph_test_exit(void)
{
	debugfs_remove(dir);
	lph_callers_free();
	if (lph_sleeper_running())
		lph_sleeper_stop();
	lph_int3_exit();
	lph_stale_exit();
}
module_exit(lph_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Functions to trace and patch, and callers that count");
