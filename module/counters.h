/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_COUNTERS_H
#define LPH_COUNTERS_H

#include <linux/types.h>

#include "function.h"

/**
 * struct lph_counters - what an op has counted, on one CPU
 * @hits: calls that ran the op, by lph_body_index()
 * @missed: how many of them it could not do for what its kind does
 */
struct lph_counters {
	u64 hits[LPH_BODIES + 1];
	u64 missed;
};

struct lph_op;

void lph_op_missed(struct lph_op *op);
u64 lph_op_misses(const struct lph_op *op);
u64 lph_op_hits(const struct lph_op *op, unsigned int body);

#endif /* LPH_COUNTERS_H */
