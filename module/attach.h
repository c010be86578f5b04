/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ATTACH_H
#define LPH_ATTACH_H

#include <linux/kconfig.h>
#include <linux/types.h>

#include "error.h"

struct lph_function;

/* Without direct calls there are tracers of the shared backend, and no redirects. */
static inline bool lph_attach_possible(void)
{
	return IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS);
}

int lph_attach_prepare(struct lph_function *fn, struct lph_error *error);
void lph_attach_forget(struct lph_function *fn);
int lph_attach_claim(struct lph_function *fn, struct lph_error *error);
void lph_attach_release(struct lph_function *fn);
int lph_attach_check(struct lph_function *fn, struct lph_error *error);
int lph_attach(struct lph_function *fn, struct lph_error *error);
void lph_detach(struct lph_function *fn);

#endif /* LPH_ATTACH_H */
