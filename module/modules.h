/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_MODULES_H
#define LPH_MODULES_H

int lph_modules_init(void);
void lph_modules_exit(void);

#endif /* LPH_MODULES_H */
