/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_PROTOTYPE_H
#define LPH_PROTOTYPE_H

#include <linux/types.h>

struct btf;
struct lph_error;

int lph_prototype_judge(const struct btf *btf, u32 first, const char *name,
			struct lph_error *error);

#endif /* LPH_PROTOTYPE_H */
