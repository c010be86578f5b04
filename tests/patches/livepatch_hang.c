// SPDX-License-Identifier: GPL-2.0-only
/*
 * Its transition, either way, hangs for as long as the thread of lph_test sits
 * in lph_target_sleep(): in the original while it is applied, in the new body
 * while it is removed.
 */
#include "livepatch.h"
#include "sit.h"
#include "targets.h"

static u64 livepatch_target_sleep(struct completion *arrived, u64 a)
{
	lph_sit(arrived);
	return lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED;
}

static struct klp_func funcs[] = {
	{
		.old_name = "lph_target_sleep",
		.new_func = livepatch_target_sleep,
	},
	{}
};

LIVEPATCH("lph_test");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch whose transition hangs on a thread of lph_test");
