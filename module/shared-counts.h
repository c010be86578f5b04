/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_SHARED_COUNTS_H
#define LPH_SHARED_COUNTS_H

#include <linux/types.h>

#include "arch.h"

struct lph_function;

void lph_counts_fit(unsigned int more);
void lph_counts_set(struct lph_function *fn, u64 __percpu *counter);
void lph_counts_clear(struct lph_function *fn);
bool lph_counts_run(unsigned long original, unsigned long body);
int lph_counts_init(void);
void lph_counts_exit(void);

#endif /* LPH_SHARED_COUNTS_H */
