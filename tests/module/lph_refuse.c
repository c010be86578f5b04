// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function that refuses: whoever calls it gets an error, and it has done nothing. For
 * functions that fail for reasons that a test cannot make.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0400);
MODULE_PARM_DESC(symbol, "the function");

static int error = EBUSY;
module_param(error, int, 0400);
MODULE_PARM_DESC(error, "what it says, a positive errno");

static unsigned long refused;
module_param(refused, ulong, 0400);
MODULE_PARM_DESC(refused, "how often it did");

/* As if the first instruction of the function were its return. */
static int on_entry(struct kprobe *kp, struct pt_regs *regs)
{
	regs_set_return_value(regs, -error);
	instruction_pointer_set(regs, *(unsigned long *)kernel_stack_pointer(regs));
	regs->sp += sizeof(long);
	WRITE_ONCE(refused, refused + 1);
	return 1;
}

/* Does nothing, but keeps the probe one that may lead elsewhere. */
static void after_entry(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = on_entry,
	.post_handler = after_entry,
};

static int __init lph_refuse_init(void)
{
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}
module_init(lph_refuse_init);

static void __exit lph_refuse_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(lph_refuse_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A function that refuses");
