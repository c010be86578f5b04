/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_OP_TABLE_H
#define LPH_OP_TABLE_H

#include <linux/types.h>

struct lph_function;
struct lph_op;
struct lph_op_spec;

struct lph_op *lph_op_new(struct lph_function *fn, const struct lph_op_spec *spec);
struct lph_op *lph_op_by_id(u32 id);
struct lph_op *lph_op_behind(u32 id);
unsigned int lph_op_count(void);
struct lph_op *lph_op_variant(const struct lph_op *op, const struct lph_op_spec *spec);
void lph_op_drop_variant(struct lph_op *by);
void lph_op_take_place(struct lph_op *op, struct lph_op *by);
void lph_op_insert(struct lph_op *op);
void lph_op_leave(struct lph_op *op);

#endif /* LPH_OP_TABLE_H */
