// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategy "slots":
 *
 *  1. The trap takes a slot of the current task's record and saves there where
 *     the call goes on: the trampoline at E, the address behind C.
 *  2. It returns into a stub (trampoline.S), as if the site led there.
 *  3. The stub takes the address back out of the slot, and
 *  4. calls the list function, which runs every op of the function.
 *
 * Between 1 and 3 anything may interrupt, preempt or migrate the task: what
 * interrupts it and traps too takes the next slot, and gives it back before
 * the task goes on. Where no slot is left, the trap emulates the site.
 *
 * Idea: S. Rostedt, N. Stange, "x86/ftrace: Emulate calls from int3",
 * linux-kernel, April 2019.
 */
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "strategy.h"
#include "text.h"
#include "thread.h"

static void entry(struct pt_regs *regs, unsigned long tramp)
{
	if (lph_thread_push(tramp))
		int3_emulate_jmp(regs, lph_text.stub_entry);
	else
		lph_strategy_overflow(regs, tramp, lph_strategy_emulate.entry);
}

static void call(struct pt_regs *regs, unsigned long tramp)
{
	if (lph_thread_push(tramp + LPH_SITE_CALL + LPH_SITE_SIZE))
		int3_emulate_jmp(regs, lph_text.stub_call);
	else
		lph_strategy_overflow(regs, tramp, lph_strategy_emulate.call);
}

const struct lph_strategy_ops lph_strategy_slots = { entry, call };
