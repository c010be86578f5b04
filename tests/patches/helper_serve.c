// SPDX-License-Identifier: GPL-2.0-only
/*
 * Its transition, either way, waits for the process that serves a guest in
 * lph_target_serve(), and runs task work there.
 */
#include <linux/livepatch_helper.h>
#include <linux/module.h>

#include "serve.h"
#include "targets.h"

static u64 patched_target_serve(struct lph_guest *guest, u64 a)
{
	lph_serve(guest);
	return lph_value_1(LPH_TARGETS + 1, a) ^ LPH_PATCHED;
}

static struct lph_patch_func funcs[] = {
	{
		.old_name = "lph_target_serve",
		.new_func = patched_target_serve,
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
MODULE_DESCRIPTION("Patch of a function that runs task work");
