// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of ops, in what they have in common. Every op counts the calls that it
 * sees, which is op.c's; most kinds then do something that calls code of the
 * kernel, and that code can be traced, too.
 */
#include <linux/bits.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "counters.h"
#include "function.h"
#include "kinds/kind.h"
#include "op.h"

/* What ops of a kind do beyond counting. */
static const lph_act_fn acts[] = {
	[LPH_KIND_COUNT] = NULL,
	[LPH_KIND_EVENT] = lph_event_run,
	[LPH_KIND_BPF] = lph_bpf_run,
	[LPH_KIND_LATENCY] = lph_latency_run,
};

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

/**
 * lph_kind_set() - make an op what it should be
 * @op: new
 * @spec: what that is
 *
 * Return: 0 or -ENOMEM.
 */
int lph_kind_set(struct lph_op *op, const struct lph_op_spec *spec)
{
	if (spec->label) {
		op->label = kstrdup(spec->label, GFP_KERNEL);
		if (!op->label)
			return -ENOMEM;
	}
	if (spec->kind == LPH_KIND_LATENCY) {
		op->latency = spec->latency ? lph_latency_get(spec->latency) :
					      lph_latency_new(op->fn->symbol.name);
		if (!op->latency) {
			kfree(op->label);
			return -ENOMEM;
		}
	}
	op->kind = spec->kind;
	op->priority = spec->priority;
	op->filter = spec->filter;
	op->act = acts[spec->kind];
	op->program = spec->program;
	if (op->program)
		lph_bpf_hold(op->program);
	return 0;
}

/**
 * lph_kind_clear() - give back what an op holds
 * @op: one that no call uses
 */
void lph_kind_clear(struct lph_op *op)
{
	if (op->program)
		lph_bpf_put(op->program);
	if (op->latency)
		lph_latency_put(op->latency);
	kfree(op->label);
}
