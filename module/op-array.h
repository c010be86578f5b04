/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_OP_ARRAY_H
#define LPH_OP_ARRAY_H

#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "arch.h"

struct lph_choice;
struct lph_error;
struct lph_function;
struct lph_op;

/* What a change of a function's ops does. */
enum lph_op_change {
	LPH_OP_ENTERS,
	LPH_OP_LEAVES,
};

/**
 * struct lph_rewrite - how the sites of a trampoline are rewritten
 * @strategy: how traps go on meanwhile
 * @phase: told of each phase that was reached
 * @data: for @phase
 */
struct lph_rewrite {
	enum lph_strategy strategy;
	lph_phase_fn phase;
	void *data;
};

void lph_list_shared(struct lph_frame *frame, struct lph_function *fn);

int lph_op_apply(struct lph_op *op, enum lph_op_change change, const struct lph_rewrite *how,
		 struct lph_error *error);
int lph_op_replace(struct lph_op *op, struct lph_op *by, const struct lph_rewrite *how,
		   struct lph_error *error);
int lph_op_hold(struct lph_function *fn, enum lph_strategy strategy, struct lph_error *error);
void lph_op_release(struct lph_function *fn, enum lph_strategy strategy);
void lph_op_count_shared(struct lph_function *fn);
void lph_op_lead_exit(struct lph_function *fn);
bool lph_op_needs_trace(const struct lph_function *fn);
int lph_op_prepare(struct lph_function *fn, const struct lph_choice *choice);
void lph_op_switch(struct lph_function *fn);
void lph_op_drop_prepared(struct lph_function *fn);
void lph_op_drop_array(struct lph_function *fn);

#endif /* LPH_OP_ARRAY_H */
