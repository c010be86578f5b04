// SPDX-License-Identifier: GPL-2.0-only
/*
 * Its new body sleeps where its own symbol is not on the stack: in a function of the
 * module that it leaves for by a jump, or in its part that the compiler holds for
 * unlikely and puts elsewhere.
 */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "sit.h"
#include "targets.h"

static bool cold;
module_param(cold, bool, 0400);
MODULE_PARM_DESC(cold, "sleep in the unlikely part, else in another function");

static noinline u64 sit_elsewhere(struct completion *arrived, u64 a)
{
	lph_sit(arrived);
	return lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED;
}

/* Tells the compiler that whoever calls it is cold. */
static noinline __cold void be_cold(void)
{
	barrier();
}

static u64 patched_target_sleep(struct completion *arrived, u64 a)
{
	if (READ_ONCE(cold)) {
		be_cold();
		lph_sit(arrived);
		return lph_value_1(LPH_TARGETS, a) ^ LPH_PATCHED;
	}
	return sit_elsewhere(arrived, a);
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "lph_target_sleep",
		.new_func = patched_target_sleep,
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
MODULE_DESCRIPTION("Patch that sleeps outside of its new body");
