// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others attach by, with a handler that does nothing:
 *
 *	kprobe		a kprobe of the target, with a pre_handler
 *	fprobe		an fprobe of it, with an entry handler
 *	callback N	N ftrace_ops of it
 *	ops N		an ftrace_ops for each of N others
 *	kprobes N	a kprobe for each
 *	filter N	one ftrace_ops for all
 */
#include <linux/ftrace.h>
#include <linux/fprobe.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lph_bench.h"

static void notrace on_call(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
}

static int on_probe(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/* ------------------------------------------------------- of the target */

static struct kprobe kprobe;

static int kprobe_attach(unsigned int unused)
{
	kprobe = (struct kprobe){ .addr = (void *)lph_bench_target, .pre_handler = on_probe };
	return register_kprobe(&kprobe);
}

static void kprobe_detach(void)
{
	unregister_kprobe(&kprobe);
}

static int attach_ops(struct ftrace_ops *ops, unsigned long ip)
{
	int r;

	ops->func = on_call;
	r = ftrace_set_filter_ip(ops, ip, 0, 1);
	if (r)
		return r;
	r = register_ftrace_function(ops);
	if (r)
		ftrace_free_filter(ops);
	return r;
}

static void detach_ops(struct ftrace_ops *ops)
{
	unregister_ftrace_function(ops);
	ftrace_free_filter(ops);
}

static struct ftrace_ops callbacks[4];
static unsigned int callback_count;

static void callback_detach(void)
{
	while (callback_count)
		detach_ops(&callbacks[--callback_count]);
}

static int callback_attach(unsigned int n)
{
	int r = n <= ARRAY_SIZE(callbacks) ? 0 : -EINVAL;

	memset(callbacks, 0, sizeof(callbacks));
	while (callback_count < n && !r) {
		r = attach_ops(&callbacks[callback_count], lph_bench_target);
		if (!r)
			callback_count++;
	}
	if (r)
		callback_detach();
	return r;
}

#ifdef CONFIG_FPROBE
static struct fprobe fprobe;

static int fprobe_attach(unsigned int unused)
{
	unsigned long ip = lph_bench_target;

	fprobe = (struct fprobe){ .entry_handler = lph_fprobe_nothing };
	return register_fprobe_ips(&fprobe, &ip, 1);
}

static void fprobe_detach(void)
{
	unregister_fprobe(&fprobe);
}
#else
static int fprobe_attach(unsigned int unused)
{
	return -EOPNOTSUPP;
}

static void fprobe_detach(void)
{
}
#endif

/* ---------------------------------------------------------- of the others */

static struct ftrace_ops *ops;
static struct kprobe *kprobes;
static unsigned int ops_count, kprobe_count;

static void ops_detach(void)
{
	while (ops_count)
		detach_ops(&ops[--ops_count]);
	kvfree(ops);
	ops = NULL;
}

static int ops_attach(unsigned int n)
{
	int r = 0;

	ops = kvcalloc(n, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	while (ops_count < n && !r) {
		r = attach_ops(&ops[ops_count], lph_bench_addresses[ops_count]);
		if (!r)
			ops_count++;
	}
	if (r)
		ops_detach();
	return r;
}

static void kprobes_detach(void)
{
	while (kprobe_count)
		unregister_kprobe(&kprobes[--kprobe_count]);
	kvfree(kprobes);
	kprobes = NULL;
}

static int kprobes_attach(unsigned int n)
{
	int r = 0;

	kprobes = kvcalloc(n, sizeof(*kprobes), GFP_KERNEL);
	if (!kprobes)
		return -ENOMEM;
	while (kprobe_count < n && !r) {
		kprobes[kprobe_count].addr = (void *)lph_bench_addresses[kprobe_count];
		kprobes[kprobe_count].pre_handler = on_probe;
		r = register_kprobe(&kprobes[kprobe_count]);
		if (!r)
			kprobe_count++;
	}
	if (r)
		kprobes_detach();
	return r;
}

static struct ftrace_ops filter;

static int filter_attach(unsigned int n)
{
	int r;

	memset(&filter, 0, sizeof(filter));
	filter.func = on_call;
	r = ftrace_set_filter_ips(&filter, lph_bench_addresses, n, 0, 1);
	if (!r)
		r = register_ftrace_function(&filter);
	if (r)
		ftrace_free_filter(&filter);
	return r;
}

static void filter_detach(void)
{
	detach_ops(&filter);
}

/* --------------------------------------------------------------------- all */

static struct {
	const char *name;
	int (*attach)(unsigned int n);
	void (*detach)(void);
	bool attached;
} peers[] = {
	{ "kprobe", kprobe_attach, kprobe_detach },
	{ "fprobe", fprobe_attach, fprobe_detach },
	{ "callback", callback_attach, callback_detach },
	{ "ops", ops_attach, ops_detach },
	{ "kprobes", kprobes_attach, kprobes_detach },
	{ "filter", filter_attach, filter_detach },
};

int lph_bench_peer(const char *name, unsigned int n)
{
	bool detach = *name == '-';
	unsigned int i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (!strcmp(name + detach, peers[i].name))
			break;
	if (i == ARRAY_SIZE(peers) || peers[i].attached != detach)
		return -EINVAL;
	if (detach)
		peers[i].detach();
	else
		r = peers[i].attach(n);
	if (!r)
		peers[i].attached = !detach;
	return r;
}

void lph_bench_peers_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (peers[i].attached)
			peers[i].detach();
}
