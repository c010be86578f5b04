/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BTF_H
#define LPH_BTF_H

struct lph_error;
struct lph_symbol;

int lph_btf_check(const struct lph_symbol *symbol, struct lph_error *error);
void lph_btf_init(void);

#endif /* LPH_BTF_H */
