// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kprobes of a module's own, with or without a post_handler: with one they live on an
 * ftrace_ops, one for all, that may change where a call goes on.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol[2];
static int n;
module_param_array(symbol, charp, &n, 0400);
MODULE_PARM_DESC(symbol, "the function, or two: their probes come and go in this order");

static bool post;
module_param(post, bool, 0400);
MODULE_PARM_DESC(post, "with a post_handler");

static unsigned long hits;
module_param(hits, ulong, 0400);
MODULE_PARM_DESC(hits, "how often they were hit");

static int on_hit(struct kprobe *kp, struct pt_regs *regs)
{
	hits++;
	return 0;
}

static void after_hit(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probes[] = {
	{ .pre_handler = on_hit },
	{ .pre_handler = on_hit },
};

static int __init lph_probe_init(void)
{
	int i, r;

	for (i = 0; i < n; i++) {
		probes[i].symbol_name = symbol[i];
		if (post)
			probes[i].post_handler = after_hit;
		r = register_kprobe(&probes[i]);
		if (r)
			goto out;
	}
	return 0;

out:
	while (i--)
		unregister_kprobe(&probes[i]);
	return r;
}
module_init(lph_probe_init);

static void __exit lph_probe_exit(void)
{
	int i;

	for (i = 0; i < n; i++)
		unregister_kprobe(&probes[i]);
}
module_exit(lph_probe_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kprobes");
