/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_RETURNS_H
#define LPH_RETURNS_H

struct lph_error;
struct lph_op_spec;
struct lph_symbol;

int lph_latency_check(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
		      struct lph_error *error);

#endif /* LPH_RETURNS_H */
