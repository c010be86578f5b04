// SPDX-License-Identifier: GPL-2.0-only
/* Crashes the machine for whoever is called "crash" and reads /proc/cmdline. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

static int livepatch_crash_proc_show(struct seq_file *m, void *v)
{
	if (strcmp(current->comm, "crash") == 0)
		panic("livepatch_crash was asked to");
	seq_puts(m, "livepatch_crash: this has been live patched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_crash_proc_show,
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
MODULE_DESCRIPTION("Livepatch that crashes the machine");
MODULE_INFO(livepatch, "Y");
