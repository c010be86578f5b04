/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LIMITS_H
#define ENGINE_LINUX_LIMITS_H

#include_next <linux/limits.h>

#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#endif

#endif /* ENGINE_LINUX_LIMITS_H */
