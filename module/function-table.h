/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_FUNCTION_TABLE_H
#define LPH_FUNCTION_TABLE_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

struct lph_error;
struct lph_function;
struct lph_symbol;

extern struct list_head lph_functions;

struct lph_function *lph_function_get(const struct lph_symbol *symbol, bool coming,
				      struct lph_error *error);
void lph_function_put(struct lph_function *fn);
bool lph_function_used(const struct lph_function *fn);
bool lph_function_settle(struct lph_function *fn);
int lph_function_reserve(struct lph_function *fn, struct lph_error *error);
void lph_function_give_slot(struct lph_function *fn);
void lph_function_moved(struct lph_function *fn);
enum lph_backend lph_function_backend(const struct lph_function *fn);
void lph_function_hide(struct lph_function *fn, struct list_head *hidden);
void lph_function_destroy(struct lph_function *fn);

#endif /* LPH_FUNCTION_TABLE_H */
