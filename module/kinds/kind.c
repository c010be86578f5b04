// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of ops, in what they have in common. Every op counts the calls that it
 * sees (op-array.c); most kinds then do something more.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "counters.h"
#include "function.h"
#include "kinds/bpf.h"
#include "kinds/event.h"
#include "kinds/kind.h"
#include "kinds/latency.h"
#include "locking.h"
#include "op.h"

/* What ops of a kind do beyond counting. */
static const lph_act_fn acts[] = {
	[LPH_KIND_COUNT] = NULL,
	[LPH_KIND_EVENT] = lph_event_run,
	[LPH_KIND_BPF] = lph_bpf_run,
	[LPH_KIND_LATENCY] = lph_latency_run,
};

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

/**
 * lph_kind_merge_bodies() - add what was counted for one body to another
 * @fn: the function, all of whose ops counted
 * @from: body that ends at 0
 * @to: body that gets it
 *
 * Context: lph_lock; no call counts for either body any more.
 */
void lph_kind_merge_bodies(struct lph_function *fn, unsigned int from, unsigned int to)
{
	struct lph_op *op;
	int cpu;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(op, &fn->ops, node) {
		for_each_possible_cpu(cpu) {
			struct lph_counters *counters = per_cpu_ptr(op->counters, cpu);

			counters->hits[to] += counters->hits[from];
			counters->hits[from] = 0;
		}
		if (op->latency)
			lph_latency_merge(op->latency, from, to);
	}
}
