// SPDX-License-Identifier: GPL-2.0-only
/*
 * livepatch_helper: a trampoline per function, whose sites are rewritten while
 * CPUs run them, without a moment in which an op does not run.
 */
#include <linux/module.h>

#include "../include/version.h"
#include "arch.h"
#include "backend.h"
#include "consistency/ask.h"
#include "garbage.h"
#include "kinds/btf.h"
#include "kinds/latency.h"
#include "locking.h"
#include "modules.h"
#include "netlink/netlink.h"
#include "shared.h"
#include "symbol.h"
#include "thread.h"
#include "transition-queue.h"

static int __init lph_init(void)
{
	int r;

	lph_thread_init();
	r = lph_symbol_init();
	if (r)
		return r;
	lph_btf_init();
	r = lph_arch_init();
	if (r)
		return r;
	r = lph_latency_init();
	if (r)
		goto arch;
	r = lph_shared_init();
	if (r)
		goto latency;
	r = lph_queue_init();
	if (r)
		goto shared;
	r = lph_modules_init();
	if (r)
		goto queue;
	r = lph_netlink_init();
	if (r)
		goto modules;
	return 0;

modules:
	lph_modules_exit();
queue:
	lph_transition_exit();
	lph_queue_exit();
shared:
	lph_shared_exit();
latency:
	lph_latency_exit();
arch:
	lph_arch_exit();
	return r;
}

static void __exit lph_exit_module(void)
{
	lph_netlink_exit();
	lph_modules_exit();
	lph_transition_exit();
	lph_queue_exit();
	lph_ask_exit();
	lph_function_exit();
	lph_garbage_exit();
	lph_shared_exit();
	lph_latency_exit();
	lph_arch_exit();
}

module_init(lph_init);
module_exit(lph_exit_module);

MODULE_DESCRIPTION("Trampolines per kernel function for livepatchd");
MODULE_AUTHOR("The livepatchd developers");
MODULE_VERSION(LIVEPATCHD_VERSION);
MODULE_LICENSE("GPL");
