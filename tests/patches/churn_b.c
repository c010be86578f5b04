// SPDX-License-Identifier: GPL-2.0-only
/* Patches what rests outside of its own symbol, and lph_churn alone. */
#define CHURN_OWNER CHURN_B

#include "churn_bodies.h"

static struct lph_patch_func funcs[] = {
	CHURN_FUNC(outer),
	CHURN_FUNC(inner),
	CHURN_FUNC(tail),
	CHURN_FUNC(cold),
	{}
};

static struct lph_patch_object objs[] = {
	{
		.name = "lph_churn",
		.funcs = funcs,
	},
	{}
};

LPH_PATCH(objs);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Patch of some functions of lph_churn");
