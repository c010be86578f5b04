/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_KTIME_H
#define ENGINE_LINUX_KTIME_H

#include <linux/types.h>

typedef s64 ktime_t;

ktime_t ktime_get(void);

#endif /* ENGINE_LINUX_KTIME_H */
