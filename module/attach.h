/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ATTACH_H
#define LPH_ATTACH_H

#include "error.h"

struct lph_function;

int lph_attach_prepare(struct lph_function *fn, struct lph_error *error);
void lph_attach_forget(struct lph_function *fn);
int lph_attach_claim(struct lph_function *fn, struct lph_error *error);
void lph_attach_release(struct lph_function *fn);
int lph_attach_check(struct lph_function *fn, struct lph_error *error);
int lph_attach(struct lph_function *fn, struct lph_error *error);
void lph_detach(struct lph_function *fn);

#endif /* LPH_ATTACH_H */
