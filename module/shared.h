/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_SHARED_H
#define LPH_SHARED_H

#include <linux/list.h>
#include <linux/types.h>

#include "error.h"

struct lph_function;

bool lph_shared_runs_early(const struct lph_function *fn);
int lph_shared_add(struct list_head *functions, struct lph_error *error);
void lph_shared_remove(struct list_head *functions);
int lph_shared_init(void);
void lph_shared_exit(void);

#endif /* LPH_SHARED_H */
