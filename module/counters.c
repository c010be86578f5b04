// SPDX-License-Identifier: GPL-2.0-only
/* What an op has counted. */
#include <linux/percpu.h>

#include "counters.h"
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
