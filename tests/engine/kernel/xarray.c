// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/xarray.h>

#include "kernel.h"

static void grow(struct xarray *xa, unsigned long n)
{
	xa->entries = reallocarray(xa->entries, n, sizeof(*xa->entries));
	if (!xa->entries)
		die("no memory for %lu entries", n);
	memset(xa->entries + xa->n, 0, (n - xa->n) * sizeof(*xa->entries));
	xa->n = n;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t flags)
{
	void *old;

	(void)flags;
	if (index >= xa->n)
		grow(xa, 2 * index + 64);
	old = xa->entries[index];
	xa->entries[index] = entry;
	return old;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	return index < xa->n ? xa->entries[index] : NULL;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	return index < xa->n ? xa_store(xa, index, NULL, 0) : NULL;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, int filter)
{
	unsigned long i;

	(void)filter;
	for (i = *index + 1; i < xa->n && i <= max; i++) {
		if (xa->entries[i]) {
			*index = i;
			return xa->entries[i];
		}
	}
	return NULL;
}
