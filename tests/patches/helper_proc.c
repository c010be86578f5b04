// SPDX-License-Identifier: GPL-2.0-only
/*
 * A patch of many functions that have one caller and one way to be called: each
 * shows a file of /proc. A new body counts its calls in a parameter, shows
 * nothing, and returns another value than the original, which is 0.
 */
#include <linux/livepatch_helper.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#define NEW_BODY(_name)							\
	static unsigned long calls_of_##_name;				\
	module_param_named(_name, calls_of_##_name, ulong, 0444);	\
	static int patched_##_name(struct seq_file *m, void *v)		\
	{								\
		calls_of_##_name++;					\
		return SEQ_SKIP;					\
	}

#define NEW_FUNC(_name)							\
	{								\
		.old_name = #_name, .new_func = patched_##_name		\
	}

NEW_BODY(cmdline_proc_show);
NEW_BODY(execdomains_proc_show);
NEW_BODY(fib_triestat_seq_show);
NEW_BODY(filesystems_proc_show);
NEW_BODY(loadavg_proc_show);
NEW_BODY(meminfo_proc_show);
NEW_BODY(netstat_seq_show);
NEW_BODY(proc_cgroupstats_show);
NEW_BODY(proc_dma_show);
NEW_BODY(show_softirqs);
NEW_BODY(snmp6_seq_show);
NEW_BODY(snmp_seq_show);
NEW_BODY(sockstat6_seq_show);
NEW_BODY(sockstat_seq_show);
NEW_BODY(uptime_proc_show);
NEW_BODY(version_proc_show);

static struct lph_patch_func funcs[] = {
	NEW_FUNC(cmdline_proc_show),
	NEW_FUNC(execdomains_proc_show),
	NEW_FUNC(fib_triestat_seq_show),
	NEW_FUNC(filesystems_proc_show),
	NEW_FUNC(loadavg_proc_show),
	NEW_FUNC(meminfo_proc_show),
	NEW_FUNC(netstat_seq_show),
	NEW_FUNC(proc_cgroupstats_show),
	NEW_FUNC(proc_dma_show),
	NEW_FUNC(show_softirqs),
	NEW_FUNC(snmp6_seq_show),
	NEW_FUNC(snmp_seq_show),
	NEW_FUNC(sockstat6_seq_show),
	NEW_FUNC(sockstat_seq_show),
	NEW_FUNC(uptime_proc_show),
	NEW_FUNC(version_proc_show),
	{}
};

static struct lph_patch_object objs[] = {
	{
		.funcs = funcs,
	},
	{}
};

LPH_PATCH(objs);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample patch of many files of /proc");
