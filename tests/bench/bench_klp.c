// SPDX-License-Identifier: GPL-2.0-only
/* Patches the function that is called, by the kernel's livepatch. */
#include <linux/livepatch.h>
#include <linux/module.h>

static int klp_fentry_test1(int a)
{
	return a + 1;
}

static struct klp_func funcs[] = {
	{
		.old_name = "bpf_fentry_test1",
		.new_func = klp_fentry_test1,
	},
	{}
};

static struct klp_object objs[] = {
	{
		.funcs = funcs,
	},
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init bench_klp_init(void)
{
	return klp_enable_patch(&patch);
}
module_init(bench_klp_init);

static void __exit bench_klp_exit(void)
{
}
module_exit(bench_klp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch of a function that does nothing");
MODULE_INFO(livepatch, "Y");
