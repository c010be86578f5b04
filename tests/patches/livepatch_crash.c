// SPDX-License-Identifier: GPL-2.0-only
/* An oops for whoever is called "crash" and reads /proc/cmdline. */
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "livepatch.h"

static int livepatch_crash_proc_show(struct seq_file *m, void *v)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	if (strcmp(current->comm, "crash") == 0)
		WRITE_ONCE(*nowhere, 1);
	seq_puts(m, "livepatch_crash: this has been live patched\n");
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "cmdline_proc_show",
		.new_func = livepatch_crash_proc_show,
	},
	{}
};

LIVEPATCH(NULL);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch with an oops");
