/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BODY_H
#define LPH_BODY_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "function.h"

struct module;

unsigned int lph_body_index(struct lph_function *fn, unsigned long addr);
const char *lph_body_name(const struct lph_function *fn, unsigned int index,
			  char *buf);
bool lph_body_named(const struct lph_function *fn, unsigned int index, const char *name);
const char *lph_body_of_call(const struct lph_function *fn, unsigned long addr, char *buf);
typedef void (*lph_body_merge_fn)(struct lph_function *fn, unsigned int from, unsigned int to);
void lph_body_leave(struct lph_function *fn, const struct module *mod, lph_body_merge_fn merge);
void lph_body_free(struct lph_function *fn);

/* lph_body_index(), of what is mostly the original, or the first body that was seen beside it. */
static __always_inline unsigned int lph_body_of(struct lph_function *fn, unsigned long addr)
{
	if (likely(addr == fn->original))
		return LPH_BODY_ORIGINAL_INDEX;
	if (likely(addr == READ_ONCE(fn->bodies[1].addr)))
		return 1;
	return lph_body_index(fn, addr);
}

#endif /* LPH_BODY_H */
