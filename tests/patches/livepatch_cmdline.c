// SPDX-License-Identifier: GPL-2.0-only
/* A kernel livepatch that everyone can see: of what /proc/cmdline shows. */
#include <linux/seq_file.h>

#include "livepatch.h"

static int livepatch_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "livepatch_cmdline: this has been live patched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_cmdline_proc_show,
	},
	{}
};

LIVEPATCH(NULL);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample livepatch of /proc/cmdline");
