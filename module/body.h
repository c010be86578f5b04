/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_BODY_H
#define LPH_BODY_H

#include <linux/types.h>

/* Bodies of one function that are told apart, the original among them. */
#define LPH_BODIES 16

/**
 * struct lph_body - one body that calls of a function were seen to run
 * @addr: where it is; 0 a free entry, LPH_BODY_LEFT one whose code has left
 * @patch: name of the module that it was in, once that has left; lph_lock
 */
struct lph_body {
	unsigned long addr;
	char *patch;
};

#define LPH_BODY_ORIGINAL_INDEX	0
#define LPH_BODY_OTHER_INDEX	LPH_BODIES

struct lph_function;
struct module;

unsigned int lph_body_index(struct lph_function *fn, unsigned long addr);
const char *lph_body_name(const struct lph_function *fn, unsigned int index,
			  char *buf);
bool lph_body_named(const struct lph_function *fn, unsigned int index, const char *name);
const char *lph_body_of_call(const struct lph_function *fn, unsigned long addr, char *buf);
typedef void (*lph_body_merge_fn)(struct lph_function *fn, unsigned int from, unsigned int to);
void lph_body_leave(struct lph_function *fn, const struct module *mod, lph_body_merge_fn merge);
void lph_body_free(struct lph_function *fn);

#endif /* LPH_BODY_H */
