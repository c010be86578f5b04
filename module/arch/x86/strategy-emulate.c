// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategy "emulate": does what the instruction would that bytes 1 to 4 belong
 * to. The writer replaces them in one store, the trap reads them in one load: so
 * it is exactly the old instruction or exactly the new one.
 *
 * Idea: L. Torvalds, "x86/ftrace: Emulate calls from int3", linux-kernel,
 * May 2019.
 */
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "strategy.h"
#include "text.h"

static void entry(struct pt_regs *regs, unsigned long tramp)
{
	int3_emulate_jmp(regs, lph_text_target(tramp, LPH_SITE_ENTRY));
}

static void call(struct pt_regs *regs, unsigned long tramp)
{
	unsigned long next = tramp + LPH_SITE_CALL + LPH_SITE_SIZE;
	unsigned long target = lph_text_target(tramp, LPH_SITE_CALL);

	/* Nothing was called yet. */
	if (target != next)
		int3_emulate_push(regs, next);
	int3_emulate_jmp(regs, target);
}

const struct lph_strategy_ops lph_strategy_emulate = { entry, call };
