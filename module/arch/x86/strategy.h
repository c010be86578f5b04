/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_X86_STRATEGY_H
#define LPH_X86_STRATEGY_H

#include "thread.h"

struct pt_regs;

/**
 * struct lph_strategy_ops - what a CPU does that traps on a site
 * @entry: trapped at E of the trampoline at @tramp
 * @call: trapped at C of it; the frame is made, the arguments are loaded
 *
 * Each changes @regs, which the trap returns to. What the trapped call then
 * runs (the list, the old or the new) stands with enum lph_strategy.
 *
 * Context: the trap: any context may be interrupted; interrupts are off.
 */
struct lph_strategy_ops {
	void (*entry)(struct pt_regs *regs, unsigned long tramp);
	void (*call)(struct pt_regs *regs, unsigned long tramp);
};

extern const struct lph_strategy_ops lph_strategy_slots;
extern const struct lph_strategy_ops lph_strategy_emulate;
extern const struct lph_strategy_ops lph_strategy_stub;
extern const struct lph_strategy_ops lph_strategy_spin;

/* A strategy cannot go on its own way: counts that, and emulates by @how. */
static inline void lph_strategy_overflow(struct pt_regs *regs, unsigned long tramp,
					 void (*how)(struct pt_regs *regs, unsigned long tramp))
{
	lph_traps_count_overflow();
	how(regs, tramp);
}

#endif /* LPH_X86_STRATEGY_H */
