/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LOOK_H
#define LPH_LOOK_H

#include "consistency.h"

struct lph_symbol;

/* As many entries of a stack as the kernel's livepatch looks at. */
#define LPH_STACK_ENTRIES 100

/**
 * struct lph_range - where a function, or all of a module, is
 * @start: address
 * @size: bytes
 */
struct lph_range {
	unsigned long start;
	unsigned long size;
};

/**
 * struct lph_look - what is looked for on the stacks of tasks
 * @found: of the task that was looked at last
 * @entries: its stack, from its innermost function on
 * @n: how many ranges there are
 * @max: how many there may be
 * @ranges: what is looked for
 */
struct lph_look {
	struct lph_blocker found;
	unsigned long entries[LPH_STACK_ENTRIES];
	unsigned int n;
	unsigned int max;
	struct lph_range ranges[] __counted_by(max);
};

struct lph_look *lph_look_new(unsigned int max);
void lph_look_free(struct lph_look *look);
int lph_look_for(struct lph_look *look, const struct lph_symbol *symbol, struct lph_error *error);
int lph_look_at(struct lph_look *look, pid_t tid);

#endif /* LPH_LOOK_H */
