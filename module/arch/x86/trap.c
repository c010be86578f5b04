// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a CPU does that traps on a site while it is rewritten.
 * That is up to the strategy (strategy-*.c). Nobody traps at X: see arch.h.
 */
#include <linux/hardirq.h>
#include <linux/kdebug.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "strategy.h"
#include "text.h"
#include "thread.h"

/*
 * What was interrupted. The trap itself counts as one NMI and one hardirq, and
 * so does each trap or NMI around it.
 */
static enum lph_context interrupted_context(void)
{
	unsigned int count = preempt_count();
	unsigned int nmis = (count & NMI_MASK) >> NMI_SHIFT;
	unsigned int hardirqs = (count & HARDIRQ_MASK) >> HARDIRQ_SHIFT;

	if (nmis > 1)
		return LPH_CONTEXT_NMI;
	if (hardirqs > nmis)
		return LPH_CONTEXT_HARDIRQ;
	if (count & SOFTIRQ_OFFSET)
		return LPH_CONTEXT_SOFTIRQ;
	return LPH_CONTEXT_TASK;
}

static const struct lph_strategy_ops *const strategies[] = {
	[LPH_STRATEGY_SLOTS] = &lph_strategy_slots,
	[LPH_STRATEGY_EMULATE] = &lph_strategy_emulate,
	[LPH_STRATEGY_STUB] = &lph_strategy_stub,
	[LPH_STRATEGY_SPIN] = &lph_strategy_spin,
};

static void whole_entry(struct pt_regs *regs, unsigned long tramp)
{
	int3_emulate_jmp(regs, tramp + LPH_TRACE);
}

static void whole_call(struct pt_regs *regs, unsigned long tramp)
{
	int3_emulate_push(regs, tramp + LPH_SITE_CALL + LPH_SITE_SIZE);
	int3_emulate_jmp(regs, (unsigned long)lph_list);
}

/*
 * For a trap on a site that is whole again: the list, which is always right.
 * To execute the instruction again may not end: an emulator's CPU can go on to
 * see the int3 (text.c), and with interrupts off it holds up the writer's sync.
 */
static const struct lph_strategy_ops whole = { whole_entry, whole_call };

/* Counts the trap at @at, and says who deals with it. */
static const struct lph_strategy_ops *pick(unsigned long at)
{
	enum lph_strategy strategy = lph_text_strategy();

	if (READ_ONCE(*(u8 *)at) != INT3_INSN_OPCODE) {
		lph_traps_count_stale();
		return &whole;
	}
	lph_traps_count(interrupted_context(), strategy);
	return strategies[strategy];
}

static int trap(struct notifier_block *nb, unsigned long val, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	unsigned long at = regs->ip - INT3_INSN_SIZE;
	unsigned long offset = at - lph_text.pool;
	unsigned long tramp;

	if (val != DIE_INT3)
		return NOTIFY_DONE;
	if (offset >= LPH_TRAMPOLINES * LPH_TRAMPOLINE_SIZE)
		return at == (unsigned long)lph_text_trap_at ? NOTIFY_STOP : NOTIFY_DONE;

	tramp = at - offset % LPH_TRAMPOLINE_SIZE;
	switch (at - tramp) {
	case LPH_SITE_ENTRY:
		pick(at)->entry(regs, tramp);
		break;
	case LPH_SITE_CALL:
		pick(at)->call(regs, tramp);
		break;
	default:
		return NOTIFY_DONE;
	}
	return NOTIFY_STOP;
}

/*
 * No other code knows these addresses. Kprobes see them first all the same, and
 * kgdb: before the chain begins (do_int3()), and at its head, where kprobes' and
 * hardware breakpoints' handlers of the same priority stand since boot.
 */
static struct notifier_block trap_notifier = {
	.notifier_call = trap,
	.priority = INT_MAX,
};

int lph_arch_init(void)
{
	int r = lph_text_init();

	if (r)
		return r;
	r = register_die_notifier(&trap_notifier);
	if (r)
		lph_text_exit();
	return r;
}

void lph_arch_exit(void)
{
	unregister_die_notifier(&trap_notifier);
	lph_text_exit();
}
