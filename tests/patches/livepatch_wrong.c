// SPDX-License-Identifier: GPL-2.0-only
/* Would call what replaces a function with other arguments: to be checked, never loaded. */
#include <linux/seq_file.h>

#include "livepatch.h"

static long livepatch_wrong_proc_show(struct seq_file *m, int v)
{
	return m ? v : 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_wrong_proc_show,
	},
	{}
};

LIVEPATCH(NULL);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch with a wrong prototype");
