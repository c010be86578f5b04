// SPDX-License-Identifier: GPL-2.0-only
/*
 * Its transition, either way, waits for the thread of lph_test for as long as that
 * sits in lph_target_sleep(): in the original while it is applied, in the new body
 * while it is removed.
 */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "sit.h"
#include "targets.h"

static u64 patched_target_sleep(struct completion *arrived, u64 a)
{
	lph_sit(arrived);
	return lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED;
}

static u64 patched_target_1(u64 a, u64 b)
{
	return lph_value_2(1, a, b) ^ LPH_PATCHED;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "lph_target_sleep",
		.new_func = patched_target_sleep,
	},
	{
		.old_name = "lph_target_1",
		.new_func = patched_target_1,
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
MODULE_DESCRIPTION("Patch whose transition waits for a thread");
