/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_DELAY_H
#define ENGINE_LINUX_DELAY_H

/* Lets other threads run meanwhile: there are more of them than CPUs. */
void udelay(unsigned long us);
void usleep_range(unsigned long min, unsigned long max);

#endif /* ENGINE_LINUX_DELAY_H */
