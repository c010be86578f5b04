// SPDX-License-Identifier: GPL-2.0-only
/* Patches two targets of lph_test; one takes an argument on the stack. */
#include "livepatch.h"
#include "targets.h"

static u64 livepatch_target_2(u64 a, u64 b, u64 c)
{
	return lph_value_3(2, a, b, c) ^ LPH_PATCHED;
}

static u64 livepatch_target_6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(6, a, b, c, d, e, f, g) ^ LPH_PATCHED;
}

static struct klp_func funcs[] = {
	{
		.old_name = "lph_target_2",
		.new_func = livepatch_target_2,
	},
	{
		.old_name = "lph_target_6",
		.new_func = livepatch_target_6,
	},
	{}
};

LIVEPATCH("lph_test");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch of targets of lph_test");
