// SPDX-License-Identifier: GPL-2.0-only
/*
 * A patch that livepatch_helper applies: the example to copy. What it does,
 * everyone can see: it changes what /proc/cmdline shows.
 *
 * With -DLPH_PATCH_KLP it is a livepatch of the kernel's own.
 */
#include <linux/livepatch_helper.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int helper_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "helper_cmdline: this has been live patched\n");
	return 0;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = helper_cmdline_proc_show,
	},
	{}
};

static struct lph_patch_object objs[] = {
	{
		.funcs = funcs, /* .name NULL: the kernel itself */
	},
	{}
};

LPH_PATCH(objs);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample patch of /proc/cmdline");
