// SPDX-License-Identifier: GPL-2.0-only
/*
 * An int3 of this module's own, executed in every context between two functions
 * that a function tracer sees: what it sees between them on that CPU is what each
 * int3 runs until its handler is reached, and behind it. Only then is its buffer on.
 *
 * The handler is as early in the chain as the helper's. It can be traced itself, and
 * is ahead of the helper's where this module was loaded before.
 */
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/objtool.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include <asm/text-patching.h>

#include "lph_test.h"

/* Where interrupts are on, what they do comes in between, too: not every time. */
#define ROUNDS 20

/* Not of one text: compilers merge what is. */
static noinline void lph_int3_begin(void)
{
	asm volatile("# begin");
}

static noinline void lph_int3_end(void)
{
	asm volatile("# end");
}

static noinline void lph_int3_here(void)
{
	asm volatile("lph_int3_at:\n\t"
		     "int3\n\t" ANNOTATE_NOENDBR);
}

static int lph_int3_handle(struct notifier_block *unused, unsigned long event, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;

	if (event != DIE_INT3 || regs->ip != (unsigned long)lph_int3_at + INT3_INSN_SIZE)
		return NOTIFY_DONE;
	return NOTIFY_STOP;
}

static struct notifier_block notifier = {
	.notifier_call = lph_int3_handle,
	.priority = INT_MAX,
};

/* Inlined, so that whoever called lph_int3_begin() tells the context. */
static __always_inline void between(void)
{
	tracing_on();
	lph_int3_begin();
	lph_int3_here();
	lph_int3_end();
	tracing_off();
}

static noinline void lph_int3_irqs_on(void)
{
	preempt_disable();
	between();
	preempt_enable();
}

static noinline void lph_int3_irqs_off(void)
{
	unsigned long flags;

	local_irq_save(flags);
	between();
	local_irq_restore(flags);
}

static void lph_int3_softirq(struct tasklet_struct *unused)
{
	unsigned long flags;

	local_irq_save(flags);
	between();
	local_irq_restore(flags);
}

static void lph_int3_hardirq(struct irq_work *unused)
{
	between();
}

static bool nmi_wanted;

static int lph_int3_nmi(unsigned int type, struct pt_regs *regs)
{
	if (!READ_ONCE(nmi_wanted))
		return NMI_DONE;
	between();
	/* Pairs with the acquire in nmi_round(). */
	smp_store_release(&nmi_wanted, false);
	return NMI_HANDLED;
}

static void softirq_round(void)
{
	struct tasklet_struct tasklet;

	tasklet_setup(&tasklet, lph_int3_softirq);
	tasklet_schedule(&tasklet);
	/* Waits for it. */
	tasklet_kill(&tasklet);
}

static void hardirq_round(void)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(lph_int3_hardirq);

	irq_work_queue(&work);
	irq_work_sync(&work);
}

static int nmi_round(void)
{
	int r = register_nmi_handler(NMI_LOCAL, lph_int3_nmi, 0, "lph_test_int3");

	if (r)
		return r;
	WRITE_ONCE(nmi_wanted, true);
	/* The NMI must find it set; pairs with its being an interrupt. */
	smp_mb();
	preempt_disable();
	apic->send_IPI(smp_processor_id(), NMI_VECTOR);
	preempt_enable();
	/* Pairs with the release in lph_int3_nmi(). */
	while (smp_load_acquire(&nmi_wanted))
		cpu_relax();
	unregister_nmi_handler(NMI_LOCAL, "lph_test_int3");
	return 0;
}

int lph_int3_everywhere(void)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		lph_int3_irqs_on();
	lph_int3_irqs_off();
	softirq_round();
	hardirq_round();
	return nmi_round();
}

int lph_int3_init(void)
{
	return register_die_notifier(&notifier);
}

void lph_int3_exit(void)
{
	unregister_die_notifier(&notifier);
}
