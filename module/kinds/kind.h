/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_KIND_H
#define LPH_KIND_H

struct lph_function;
struct lph_op;
struct lph_op_spec;

int lph_kind_set(struct lph_op *op, const struct lph_op_spec *spec);
void lph_kind_clear(struct lph_op *op);
void lph_kind_merge_bodies(struct lph_function *fn, unsigned int from, unsigned int to);

#endif /* LPH_KIND_H */
