/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LIMITS_H
#define ENGINE_LINUX_LIMITS_H

#include_next <linux/limits.h>

#ifndef ULONG_MAX
#define ULONG_MAX (~0UL)
#endif

#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#endif

#endif /* ENGINE_LINUX_LIMITS_H */
