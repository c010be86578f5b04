/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SORT_H
#define ENGINE_LINUX_SORT_H

#include <stdlib.h>

static inline void sort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *),
			void *swap)
{
	(void)swap;
	qsort(base, n, size, compare);
}

#endif /* ENGINE_LINUX_SORT_H */
