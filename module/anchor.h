/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ANCHOR_H
#define LPH_ANCHOR_H

void lph_anchor(void);

#endif /* LPH_ANCHOR_H */
