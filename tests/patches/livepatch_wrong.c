// SPDX-License-Identifier: GPL-2.0-only
/* Would call what replaces a function with other arguments: to be checked, never loaded. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static long livepatch_wrong_proc_show(struct seq_file *m, int v)
{
	return m ? v : 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_wrong_proc_show,
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
MODULE_DESCRIPTION("Livepatch with a wrong prototype");
MODULE_INFO(livepatch, "Y");
