// SPDX-License-Identifier: GPL-2.0-only
/* Patches two of the targets that helper_target does: whoever is on top wins. */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "targets.h"

static u64 patched_target_6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(6, a, b, c, d, e, f, g) ^ LPH_PATCHED2;
}

static u64 patched_target_9(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(9, a, b, c, d, e, f, g) ^ LPH_PATCHED2;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "lph_target_6",
		.new_func = patched_target_6,
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
MODULE_DESCRIPTION("Another patch of targets of lph_test");
