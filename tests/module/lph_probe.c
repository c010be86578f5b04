// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kprobe of a module's own, with or without a post_handler: with one it lives
 * on an ftrace_ops that may change where a call goes on.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0400);
MODULE_PARM_DESC(symbol, "the function");

static bool post;
module_param(post, bool, 0400);
MODULE_PARM_DESC(post, "with a post_handler");

static unsigned long hits;
module_param(hits, ulong, 0400);
MODULE_PARM_DESC(hits, "how often it was hit");

static int on_hit(struct kprobe *kp, struct pt_regs *regs)
{
	hits++;
	return 0;
}

static void after_hit(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = on_hit,
};

static int __init lph_probe_init(void)
{
	probe.symbol_name = symbol;
	if (post)
		probe.post_handler = after_hit;
	return register_kprobe(&probe);
}
module_init(lph_probe_init);

static void __exit lph_probe_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(lph_probe_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A kprobe");
