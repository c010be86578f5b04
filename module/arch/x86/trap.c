// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a CPU does that traps on a site while it is rewritten.
 *
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
 * the task goes on. Where no slot is left, the trap emulates the site: E as
 * the jump to trace, C as a call of the list function.
 *
 * A trap at X is always emulated: its target is a jump, and either of the two
 * exits is right until the rewrite is over.
 */
#include <linux/hardirq.h>
#include <linux/kdebug.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <asm/ptrace.h>
#include <asm/text-patching.h>

#include "../../op.h"
#include "../../thread.h"
#include "text.h"

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

static void trap_entry(struct pt_regs *regs, unsigned long tramp)
{
	if (lph_thread_push(tramp))
		int3_emulate_jmp(regs, lph_text.stub_entry);
	else
		int3_emulate_jmp(regs, tramp + LPH_TRACE);
}

static void trap_call(struct pt_regs *regs, unsigned long next)
{
	if (lph_thread_push(next)) {
		int3_emulate_jmp(regs, lph_text.stub_call);
	} else {
		int3_emulate_push(regs, next);
		int3_emulate_jmp(regs, (unsigned long)lph_list);
	}
}

static int trap(struct notifier_block *nb, unsigned long val, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	unsigned long at = regs->ip - INT3_INSN_SIZE;
	unsigned long offset = at - lph_text.pool;
	unsigned long tramp;

	if (val != DIE_INT3 || offset >= LPH_TRAMPOLINES * LPH_TRAMPOLINE_SIZE)
		return NOTIFY_DONE;

	tramp = at - offset % LPH_TRAMPOLINE_SIZE;
	switch (at - tramp) {
	case LPH_SITE_ENTRY:
	case LPH_SITE_CALL:
	case LPH_SITE_EXIT:
		break;
	default:
		return NOTIFY_DONE;
	}

	/*
	 * The site may be whole again. What follows is right all the same, and
	 * unlike a second try it ends: an emulator's CPU may go on to see the
	 * int3 (text.c), and with interrupts off hold up the writer's sync.
	 */
	if (READ_ONCE(*(u8 *)at) == INT3_INSN_OPCODE)
		lph_traps_count(interrupted_context());
	else
		lph_traps_count_stale();

	switch (at - tramp) {
	case LPH_SITE_ENTRY:
		trap_entry(regs, tramp);
		break;
	case LPH_SITE_CALL:
		trap_call(regs, at + LPH_SITE_SIZE);
		break;
	case LPH_SITE_EXIT:
		int3_emulate_jmp(regs, lph_text_exit_target(offset / LPH_TRAMPOLINE_SIZE));
		break;
	}
	return NOTIFY_STOP;
}

/* Ahead of kprobes' and kgdb's: no other code knows these addresses. */
static struct notifier_block trap_notifier = {
	.notifier_call = trap,
	.priority = INT_MAX,
};

int lph_trap_init(void)
{
	return register_die_notifier(&trap_notifier);
}

void lph_trap_exit(void)
{
	unregister_die_notifier(&trap_notifier);
}
