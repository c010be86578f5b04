/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_UNDER_WAY_H
#define LPH_UNDER_WAY_H

#include <linux/types.h>

struct lph_frame;

bool lph_under_way_look(void (*found)(struct lph_frame *frame));

#endif /* LPH_UNDER_WAY_H */
