// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategy "stub": goes on in a stub that knows where it belongs, and so needs
 * no slot: "push behind C; jmp list function", and for E just the jump.
 *
 * Where the trapped code had interrupts on, the trap turns them off, and the
 * stub on again by a sti right before its jump: the sti takes effect behind
 * the jump. So nobody is interrupted or preempted in a stub, and whoever syncs
 * all cores knows that nobody is in one; only an NMI comes in between, which
 * leaves before anything else can happen.
 *
 * The stubs are part of the trampoline, and are reused with it.
 *
 * Idea: L. Torvalds, "Static calls", linux-kernel, January 2019.
 */
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "strategy.h"
#include "text.h"

static void go_on(struct pt_regs *regs, unsigned long stub, unsigned long stub_sti)
{
	if (regs->flags & X86_EFLAGS_IF) {
		regs->flags &= ~X86_EFLAGS_IF;
		int3_emulate_jmp(regs, stub_sti);
	} else {
		int3_emulate_jmp(regs, stub);
	}
}

static void entry(struct pt_regs *regs, unsigned long tramp)
{
	go_on(regs, tramp + LPH_TRACE, tramp + LPH_STUB_ENTRY_STI);
}

static void call(struct pt_regs *regs, unsigned long tramp)
{
	go_on(regs, tramp + LPH_STUB_CALL, tramp + LPH_STUB_CALL_STI);
}

const struct lph_strategy_ops lph_strategy_stub = { entry, call };
