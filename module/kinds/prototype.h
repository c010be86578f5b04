/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_PROTOTYPE_H
#define LPH_PROTOTYPE_H

#include <linux/types.h>

struct btf;
struct lph_error;
struct lph_symbol;

int lph_prototype_judge(const struct btf *btf, u32 first, const char *name,
			struct lph_error *error);

/* btf.c */
int lph_btf_check(const struct lph_symbol *symbol, struct lph_error *error);
void lph_btf_init(void);

#endif /* LPH_PROTOTYPE_H */
