/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LOOK_H
#define LPH_LOOK_H

#include "consistency/stack.h"
#include "consistency/tasks.h"
#include "ranges.h"

struct lph_error;
struct lph_symbol;

/**
 * struct lph_look - what is looked for on the stacks of tasks
 * @found: of the task that was looked at last
 * @entries: its stack, from its innermost function on
 * @ranges: what is looked for
 */
struct lph_look {
	struct lph_blocker found;
	unsigned long entries[LPH_STACK_ENTRIES];
	struct lph_ranges ranges;
};

struct lph_look *lph_look_new(void);
void lph_look_free(struct lph_look *look);
int lph_look_for(struct lph_look *look, const struct lph_symbol *symbol, struct lph_error *error);
void lph_look_begin(struct lph_look *look);
int lph_look_at(struct lph_look *look, pid_t tid);

#endif /* LPH_LOOK_H */
