/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_OVERFLOW_H
#define ENGINE_LINUX_OVERFLOW_H

#include <linux/types.h>

#define array_size(n, size) ((size_t)(n) * (size))
#define size_add(a, b)	    ((size_t)(a) + (b))

#endif /* ENGINE_LINUX_OVERFLOW_H */
