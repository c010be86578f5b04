// SPDX-License-Identifier: GPL-2.0-only
/* Patches all of lph_churn, and a file of /proc whose new body sleeps. */
#define CHURN_OWNER CHURN_A

#include <linux/delay.h>
#include <linux/seq_file.h>

#include "churn_bodies.h"

static int patched_execdomains_proc_show(struct seq_file *m, void *v)
{
	usleep_range(500, 20000);
	seq_puts(m, "churn_a\n");
	return 0;
}

static struct lph_patch_func funcs[] = {
	CHURN_FUNC(outer),
	CHURN_FUNC(inner),
	CHURN_FUNC(tail),
	CHURN_FUNC(cold),
	CHURN_FUNC(sleep),
	{}
};

static struct lph_patch_func kernel_funcs[] = {
	{
		.old_name = "execdomains_proc_show",
		.new_func = patched_execdomains_proc_show,
	},
	{}
};

static struct lph_patch_object objs[] = {
	{
		.name = "lph_churn",
		.funcs = funcs,
	},
	{
		.funcs = kernel_funcs,
	},
	{}
};

LPH_PATCH(objs);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Patch of all functions of lph_churn");
