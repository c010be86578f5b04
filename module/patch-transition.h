/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_PATCH_TRANSITION_H
#define LPH_PATCH_TRANSITION_H

#include "error.h"

struct lph_transition;

int lph_patch_begin(struct lph_transition *transition);
int lph_patch_look(struct lph_transition *transition);
void lph_patch_end(struct lph_transition *transition, int r);
void lph_patch_module_left(const char *module);
int lph_patch_module_coming(const char *module, struct lph_transition *running,
			    struct lph_error *error);

#endif /* LPH_PATCH_TRANSITION_H */
