// SPDX-License-Identifier: GPL-2.0-only
/* A kernel livepatch that everyone can see: of what /proc/cmdline shows. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int livepatch_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "livepatch_cmdline: this has been live patched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_cmdline_proc_show,
	},
	{}
};

static struct klp_object objs[] = {
	{
		.funcs = funcs, /* .name NULL: the kernel itself */
	},
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init livepatch_init(void)
{
	return klp_enable_patch(&patch);
}
module_init(livepatch_init);

static void __exit livepatch_exit(void)
{
}
module_exit(livepatch_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample livepatch of /proc/cmdline");
MODULE_INFO(livepatch, "Y");
