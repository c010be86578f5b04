/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LEVEL_H
#define LPH_LEVEL_H

#include <linux/types.h>

struct lph_op;

/* Values of interrupt_context_level(). */
#define LPH_KIND_LEVELS 4

bool lph_kind_may_enter(struct lph_op *op);
unsigned int lph_kind_enter(struct lph_op *op);
unsigned int lph_kind_take(void);
void lph_kind_leave(unsigned int level);

#endif /* LPH_LEVEL_H */
