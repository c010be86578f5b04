// SPDX-License-Identifier: GPL-2.0-only
/*
 * Strategy "spin": returns to the int3, again and again, until the rewrite has
 * replaced it.
 *
 * The writer waits for each core to sync, so a CPU must not spin
 *
 *  - with interrupts off, as in hardirq and NMI context: it would not take the
 *    writer's interrupt;
 *  - where the writer was interrupted: it could not go on;
 *  - for ever: a spinning task may keep the writer, preempted, from its CPU.
 *
 * In these cases the trap emulates the site.
 *
 * Idea: H. P. Anvin, "Static calls", linux-kernel, January 2019.
 */
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "strategy.h"
#include "text.h"
#include "thread.h"

static bool may_spin(const struct pt_regs *regs)
{
	const struct task_struct *writer = lph_text_writer();

	return (regs->flags & X86_EFLAGS_IF) && writer &&
	       task_cpu(writer) != raw_smp_processor_id() && lph_thread_spin();
}

static void entry(struct pt_regs *regs, unsigned long tramp)
{
	if (may_spin(regs))
		int3_emulate_jmp(regs, tramp + LPH_SITE_ENTRY);
	else
		lph_strategy_overflow(regs, tramp, lph_strategy_emulate.entry);
}

static void call(struct pt_regs *regs, unsigned long tramp)
{
	if (may_spin(regs))
		int3_emulate_jmp(regs, tramp + LPH_SITE_CALL);
	else
		lph_strategy_overflow(regs, tramp, lph_strategy_emulate.call);
}

const struct lph_strategy_ops lph_strategy_spin = { entry, call };
