/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_THREAD_H
#define LPH_THREAD_H

#include <linux/types.h>
#include <linux/livepatch_helper.h>

/* One for each context that can interrupt the one before: task to NMI. */
#define LPH_SLOTS 4

/* The contexts that traps are counted by. */
enum lph_context {
	LPH_CONTEXT_TASK,
	LPH_CONTEXT_SOFTIRQ,
	LPH_CONTEXT_HARDIRQ,
	LPH_CONTEXT_NMI,
	LPH_CONTEXTS
};

/**
 * struct lph_traps - what the trap path did
 * @taken: traps by context
 * @stale: more traps, of sites that were whole again when they were looked at
 * @by_strategy: the same traps by strategy
 * @overflows: emulated instead: no slot was free, or spinning would not end
 * @lapses: no function stood behind the trampoline, no op ran
 * @max_depth: most slots in use at once
 */
struct lph_traps {
	u64 taken[LPH_CONTEXTS];
	u64 by_strategy[LPH_STRATEGY_MAX + 1];
	u64 stale;
	u64 overflows;
	u64 lapses;
	u32 max_depth;
};

bool lph_thread_push(unsigned long addr);
bool lph_thread_spin(void);
unsigned long lph_thread_pop(void);
u32 lph_thread_depth(void);
void lph_thread_init(void);

struct task_struct;
bool lph_thread_old(u32 epoch);
bool lph_thread_is_old(struct task_struct *task, u32 epoch);
void lph_thread_set_old(struct task_struct *task, u32 epoch);
void lph_thread_switch(u32 epoch);
bool lph_thread_answered(struct task_struct *task, u32 question, u64 switches,
			 unsigned long *ret_answer);
void lph_thread_answer(struct task_struct *task, u32 question, u64 switches,
		       unsigned long answer);

void lph_traps_count(enum lph_context context, enum lph_strategy strategy);
void lph_traps_count_overflow(void);
void lph_traps_count_stale(void);
void lph_traps_count_lapse(void);
void lph_traps_read(struct lph_traps *traps);
void lph_traps_reset_max_depth(void);

#ifdef LPH_TESTS
void lph_linger(void);
unsigned int lph_linger_us(void);
#else
static inline void lph_linger(void)
{
}

static inline unsigned int lph_linger_us(void)
{
	return 0;
}
#endif

#endif /* LPH_THREAD_H */
