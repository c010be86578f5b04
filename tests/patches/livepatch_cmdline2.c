// SPDX-License-Identifier: GPL-2.0-only
/* Replaces every livepatch before it; patches what livepatch_cmdline does. */
#include <linux/seq_file.h>

#include "livepatch.h"

static int livepatch_cmdline2_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "livepatch_cmdline2: this has been live patched again\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_cmdline2_proc_show,
	},
	{}
};

LIVEPATCH(NULL, .replace = true);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample livepatch that replaces those before it");
