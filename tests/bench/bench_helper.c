// SPDX-License-Identifier: GPL-2.0-only
/* Patches the function that is called, by the helper. */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

static int helper_fentry_test1(int a)
{
	return a + 1;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "bpf_fentry_test1",
		.new_func = helper_fentry_test1,
	},
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
MODULE_DESCRIPTION("Patch of a function that does nothing");
