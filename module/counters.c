// SPDX-License-Identifier: GPL-2.0-only
/* What the ops of a function have counted. */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>

#include "counters.h"
#include "function.h"
#include "kinds/kind.h"
#include "locking.h"
#include "op.h"

/**
 * lph_op_hits() - how many calls ran an op and a body
 * @op: the op
 * @body: of lph_body_index()
 *
 * Context: any; exact once no call is under way.
 */
u64 lph_op_hits(const struct lph_op *op, unsigned int body)
{
	u64 hits = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		hits += READ_ONCE(per_cpu_ptr(op->counters, cpu)->hits[body]);
	return hits;
}

/**
 * lph_op_missed() - the op could not do what its kind does for a call
 * @op: the op
 *
 * Context: any, preemption disabled.
 */
void lph_op_missed(struct lph_op *op)
{
	this_cpu_inc(op->counters->missed);
}

/**
 * lph_op_misses() - how often lph_op_missed() was told
 * @op: the op
 *
 * Context: any; exact once no call is under way.
 */
u64 lph_op_misses(const struct lph_op *op)
{
	u64 missed = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		missed += READ_ONCE(per_cpu_ptr(op->counters, cpu)->missed);
	return missed;
}

/**
 * lph_op_merge_bodies() - add what was counted for one body to another
 * @fn: the function, all of whose ops counted
 * @from: body that ends at 0
 * @to: body that gets it
 *
 * Context: lph_lock; no call counts for either body any more.
 */
void lph_op_merge_bodies(struct lph_function *fn, unsigned int from, unsigned int to)
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
