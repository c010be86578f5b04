// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph_bench: what a call of a function costs, and what it is attached by. In
 * debugfs, lph_bench/:
 *
 *	cost		nanoseconds of so many calls, interrupts off
 *	clock		nanoseconds since boot, microseconds of these idle
 *	addresses	write: functions besides, a hexadecimal address a line
 *	peer		write: what is attached, see peers.c
 *	sleepers	write: how many tasks there are besides
 *
 * Under QEMU's -icount shift=0, with one CPU, a nanosecond is an instruction, or idle.
 */
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/kernel_stat.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tick.h>
#include <linux/uaccess.h>

#include "lph_bench.h"

unsigned long lph_bench_target;
module_param_named(target, lph_bench_target, ulong, 0400);
MODULE_PARM_DESC(target, "address of the function: int f(int)");

static unsigned int calls = 10000;
module_param(calls, uint, 0600);
MODULE_PARM_DESC(calls, "how many calls \"cost\" makes");

unsigned long lph_bench_addresses[LPH_BENCH_FUNCTIONS];
unsigned int lph_bench_address_count;

static struct dentry *dir;
/* Protects what is written to the files. */
static DEFINE_MUTEX(lock);

static noinline u64 call(unsigned int n)
{
	int (*target)(int a) = (void *)lph_bench_target;
	u64 begun = ktime_get_ns();

	while (n--)
		target((int)n);
	return ktime_get_ns() - begun;
}

static int cost_show(struct seq_file *m, void *v)
{
	unsigned long flags;
	u64 ns;

	local_irq_save(flags);
	/* The first ones find what is only done once. */
	call(10);
	ns = call(calls);
	local_irq_restore(flags);
	seq_printf(m, "%llu\n", ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cost);

static int clock_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%llu %llu\n", ktime_get_ns(), get_cpu_idle_time_us(0, NULL));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(clock);

static int read_addresses(char *text)
{
	unsigned int n = 0;
	char *line;
	int r = 0;

	mutex_lock(&lock);
	for (line = strsep(&text, "\n"); line && *line && !r; line = strsep(&text, "\n")) {
		if (n == LPH_BENCH_FUNCTIONS)
			r = -E2BIG;
		else
			r = kstrtoul(line, 16, &lph_bench_addresses[n++]);
	}
	lph_bench_address_count = r ? 0 : n;
	mutex_unlock(&lock);
	return r;
}

static ssize_t addresses_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char *text;
	int r;

	/* One write has them all. */
	if (*pos || size > LPH_BENCH_FUNCTIONS * 20)
		return -E2BIG;
	text = memdup_user_nul(from, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	r = read_addresses(text);
	kfree(text);
	return r ?: size;
}

static const struct file_operations addresses_fops = {
	.owner = THIS_MODULE,
	.write = addresses_write,
};

static ssize_t peer_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char text[32] = {}, name[16];
	unsigned int n = 0;
	int r;

	if (size >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	if (sscanf(text, "%15s %u", name, &n) < 1)
		return -EINVAL;
	mutex_lock(&lock);
	r = n > lph_bench_address_count ? -ERANGE : lph_bench_peer(name, n);
	mutex_unlock(&lock);
	return r ?: size;
}

static const struct file_operations peer_fops = {
	.owner = THIS_MODULE,
	.write = peer_write,
};

static int sleepers_set(void *data, u64 val)
{
	int r;

	if (val > 100000)
		return -EINVAL;
	mutex_lock(&lock);
	r = lph_bench_sleepers(val);
	mutex_unlock(&lock);
	return r;
}
DEFINE_DEBUGFS_ATTRIBUTE(sleepers_fops, NULL, sleepers_set, "%llu\n");

static int __init lph_bench_init(void)
{
	if (!lph_bench_target)
		return -EINVAL;
	dir = debugfs_create_dir("lph_bench", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	debugfs_create_file("cost", 0400, dir, NULL, &cost_fops);
	debugfs_create_file("clock", 0400, dir, NULL, &clock_fops);
	debugfs_create_file("addresses", 0200, dir, NULL, &addresses_fops);
	debugfs_create_file("peer", 0200, dir, NULL, &peer_fops);
	debugfs_create_file_unsafe("sleepers", 0200, dir, NULL, &sleepers_fops);
	return 0;
}
module_init(lph_bench_init);

static void __exit lph_bench_exit(void)
{
	debugfs_remove(dir);
	lph_bench_peers_exit();
	lph_bench_sleepers_exit();
}
module_exit(lph_bench_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What a call costs");
