// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds who calls a function, which may be notrace, at its entry, in task context and
 * without a lock of ours: a test does meanwhile what otherwise hardly ever happens just
 * then. In debugfs, lph_hold/:
 *
 *	held	1 as soon as somebody is held: a read waits for that
 *	go	written: who is held goes on, and nobody is held any more
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static char *symbol;
module_param(symbol, charp, 0400);
MODULE_PARM_DESC(symbol, "the function");

static struct dentry *dir;
static struct task_struct *inside;
static bool over;
static DECLARE_COMPLETION(arrived);
static DECLARE_COMPLETION(let_go);
static DECLARE_COMPLETION(left);

static int on_entry(struct kprobe *kp, struct pt_regs *regs);

/* Does nothing, but keeps the probe one that may lead elsewhere. */
static void after_entry(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = on_entry,
	.post_handler = after_entry,
};

/* Stands in for the function, whatever its arguments in registers are. */
static unsigned long hold(unsigned long a, unsigned long b, unsigned long c, unsigned long d,
			  unsigned long e, unsigned long f)
{
	unsigned long (*function)(unsigned long a, unsigned long b, unsigned long c,
				  unsigned long d, unsigned long e, unsigned long f);
	unsigned long r;

	function = (void *)probe.addr;
	complete_all(&arrived);
	wait_for_completion(&let_go);
	r = function(a, b, c, d, e, f);
	complete_all(&left);
	return r;
}

static int on_entry(struct kprobe *kp, struct pt_regs *regs)
{
	if (READ_ONCE(over) || cmpxchg(&inside, NULL, current))
		return 0;
	instruction_pointer_set(regs, (unsigned long)hold);
	return 1;
}

static ssize_t held_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	int r = wait_for_completion_interruptible(&arrived);

	return r ?: simple_read_from_buffer(buf, count, pos, "1\n", 2);
}

static const struct file_operations held_fops = {
	.owner = THIS_MODULE,
	.read = held_read,
};

static int go_set(void *data, u64 val)
{
	WRITE_ONCE(over, true);
	complete_all(&let_go);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(go_fops, NULL, go_set, "%llu\n");

static int __init lph_hold_init(void)
{
	int r;

	dir = debugfs_create_dir("lph_hold", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file_unsafe("held", 0400, dir, NULL, &held_fops);
	debugfs_create_file_unsafe("go", 0200, dir, NULL, &go_fops);
	probe.symbol_name = symbol;
	r = register_kprobe(&probe);
	if (r)
		debugfs_remove(dir);
	return r;
}
module_init(lph_hold_init);

static void __exit lph_hold_exit(void)
{
	debugfs_remove(dir);
	WRITE_ONCE(over, true);
	complete_all(&let_go);
	if (READ_ONCE(inside))
		wait_for_completion(&left);
	unregister_kprobe(&probe);
	/* For the one who was held to have returned from our text. */
	synchronize_rcu_tasks();
}
module_exit(lph_hold_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Holds who calls a function");
