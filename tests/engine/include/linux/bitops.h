/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_BITOPS_H
#define ENGINE_LINUX_BITOPS_H

#include <linux/types.h>

#define BIT(n) (1UL << (n))

static inline u64 rol64(u64 word, unsigned int shift)
{
	return (word << (shift & 63)) | (word >> (-shift & 63));
}

#endif /* ENGINE_LINUX_BITOPS_H */
