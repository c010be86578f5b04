// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patches the same file of /proc as churn_a, and vfork(): its new body is on the
 * stack while the kernel tells a tracer of the child, and until that is gone.
 */
#define CHURN_OWNER CHURN_C

#include <linux/ptrace.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>

#include "churn_bodies.h"

static unsigned long kernel_clone_at;
module_param_named(kernel_clone, kernel_clone_at, ulong, 0400);
MODULE_PARM_DESC(kernel_clone, "its address, as in /proc/kallsyms");

static long patched_vfork(const struct pt_regs *regs)
{
	struct kernel_clone_args args = {
		.flags = CLONE_VFORK | CLONE_VM,
		.exit_signal = SIGCHLD,
	};
	typeof(kernel_clone) *clone = (void *)kernel_clone_at;
	long r = clone ? clone(&args) : -EAGAIN;

	/* It is to be on the stack. */
	barrier();
	return r;
}

static int patched_execdomains_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "churn_c\n");
	return 0;
}

static struct lph_patch_func funcs[] = {
	CHURN_FUNC(outer),
	CHURN_FUNC(inner),
	CHURN_FUNC(sleep),
	{}
};

static struct lph_patch_func kernel_funcs[] = {
	{
		.old_name = "execdomains_proc_show",
		.new_func = patched_execdomains_proc_show,
	},
	{
		.old_name = "__x64_sys_vfork",
		.new_func = patched_vfork,
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
MODULE_DESCRIPTION("Patch of some functions of lph_churn and of vfork()");
