/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_EXIT_H
#define LPH_EXIT_H

void lph_exit_lead(void);
void lph_exit_cancel(void);

#endif /* LPH_EXIT_H */
