// SPDX-License-Identifier: GPL-2.0-only
/*
 * An emulated CPU can go on executing an int3 that the kernel has written over
 * (tests/guest/README.md). Kernels before 6.8 execute such an address again, until
 * the emulator is made to translate it anew; later ones die of it. So this does
 * for the targets what those do: livepatches come to them and leave all the time.
 */
#include <linux/kdebug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <asm/text-patching.h>

#include "lph_test.h"

static int notrace on_trap(struct notifier_block *unused, unsigned long event, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	unsigned long addr = regs->ip - INT3_INSN_SIZE;

	if (event != DIE_INT3 || user_mode(regs) || !within_module(addr, THIS_MODULE) ||
	    READ_ONCE(*(u8 *)addr) == INT3_INSN_OPCODE)
		return NOTIFY_DONE;
	regs->ip = addr;
	return NOTIFY_STOP;
}

static struct notifier_block notifier = { .notifier_call = on_trap };

int lph_stale_init(void)
{
	return register_die_notifier(&notifier);
}

void lph_stale_exit(void)
{
	unregister_die_notifier(&notifier);
}
