// SPDX-License-Identifier: GPL-2.0-only
/*
 * Most kinds do something that calls code of the kernel, and that code can be traced,
 * too: at each level of interrupts, one op does so at a time.
 */
#include <linux/bits.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "counters.h"
#include "kinds/level.h"
#include "op.h"

/* A bit for each interrupt_context_level() at which an op of some kind is at work. */
static DEFINE_PER_CPU(unsigned int, levels);

/**
 * lph_kind_may_enter() - may this op do what can bring about calls of traced functions?
 * @op: the op; told that it has missed a call, if not
 *
 * Not if it was such work, at this level of interrupts, that made the call: it
 * would never end, or wait for a lock that it holds. And not where RCU does not
 * watch, which this work relies on.
 *
 * Context: preemption off.
 */
bool lph_kind_may_enter(struct lph_op *op)
{
	unsigned int level = BIT(interrupt_context_level());

	if (!(this_cpu_read(levels) & level) && rcu_is_watching())
		return true;
	lph_op_missed(op);
	return false;
}

/**
 * lph_kind_take() - from here on no op does such work
 *
 * Context: preemption off, until lph_kind_leave().
 * Return: the level, for lph_kind_leave(); 0 where whoever was interrupted has it,
 * as in the return of a function that is the end of an interrupt.
 */
unsigned int lph_kind_take(void)
{
	unsigned int level = BIT(interrupt_context_level()) & ~this_cpu_read(levels);

	this_cpu_or(levels, level);
	/* What is called from here on finds the level taken. */
	barrier();
	return level;
}

/**
 * lph_kind_enter() - take the level, if lph_kind_may_enter()
 * @op: the op
 *
 * Context: preemption off, until lph_kind_leave().
 * Return: the level, for lph_kind_leave(), or 0.
 */
unsigned int lph_kind_enter(struct lph_op *op)
{
	return lph_kind_may_enter(op) ? lph_kind_take() : 0;
}

void lph_kind_leave(unsigned int level)
{
	/* As in lph_kind_take(). */
	barrier();
	this_cpu_and(levels, ~level);
}
