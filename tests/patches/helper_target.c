// SPDX-License-Identifier: GPL-2.0-only
/* Patches targets of lph_test, two of which take an argument on the stack. */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "targets.h"

static u64 patched_target_2(u64 a, u64 b, u64 c)
{
	return lph_value_3(2, a, b, c) ^ LPH_PATCHED;
}

static u64 patched_target_6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(6, a, b, c, d, e, f, g) ^ LPH_PATCHED;
}

static u64 patched_target_8(u64 a, u64 b, u64 c)
{
	return lph_value_3(8, a, b, c) ^ LPH_PATCHED;
}

static u64 patched_target_9(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(9, a, b, c, d, e, f, g) ^ LPH_PATCHED;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "lph_target_2",
		.new_func = patched_target_2,
	},
	{
		.old_name = "lph_target_6",
		.new_func = patched_target_6,
	},
	{
		.old_name = "lph_target_8",
		.new_func = patched_target_8,
	},
	{
		.old_name = "lph_target_9",
		.new_func = patched_target_9,
	},
	{}
};

static struct lph_patch_object objs[] = {
	{
		.name = "lph_test",
		.funcs = funcs,
	},
	{}
};

LPH_PATCH(objs);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Patch of targets of lph_test");
