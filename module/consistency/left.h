/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LEFT_H
#define LPH_LEFT_H

#include <linux/types.h>

#include "ranges.h"

struct list_head;
struct lph_error;
struct lph_function;
struct module;

/**
 * struct lph_text - what no task may stand in that switches
 * @epoch: the mark of tasks that this is about
 * @question: of lph_tasks_question()
 * @ranges: where it is, sorted
 */
struct lph_text {
	u32 epoch;
	u32 question;
	struct lph_ranges ranges;
};

struct lph_text *lph_text_new(const struct list_head *functions, const struct module *goes,
			      u32 epoch, struct lph_error *error);
void lph_text_free(struct lph_text *text);
int lph_text_between(struct lph_ranges *ranges, const struct lph_function *fn);

#endif /* LPH_LEFT_H */
