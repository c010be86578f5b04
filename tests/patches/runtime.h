/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SAMPLE_RUNTIME_H
#define SAMPLE_RUNTIME_H

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

/*
 * A livepatch that replaces those before it and is put together when it is
 * loaded, as those of kpatch-build are: its file tells nothing.
 */

static struct klp_func funcs[2];
static struct klp_object objs[2];
static struct klp_patch patch;

static int patched_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, KBUILD_MODNAME "\n");
	return 0;
}

static int __init runtime_init(void)
{
	funcs[0].old_name = "cmdline_proc_show";
	funcs[0].new_func = patched_proc_show;
	objs[0].funcs = funcs;
	patch.mod = THIS_MODULE;
	patch.objs = objs;
	patch.replace = true;
	return klp_enable_patch(&patch);
}

static void __exit runtime_exit(void)
{
}

module_init(runtime_init);
module_exit(runtime_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");

#endif
