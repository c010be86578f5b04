/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_XARRAY_H
#define ENGINE_LINUX_XARRAY_H

#include <linux/types.h>

/* A table that grows; whoever uses it holds a lock of its own. */
struct xarray {
	void **entries;
	unsigned long n;
};

#define DEFINE_XARRAY(name) struct xarray name

#define XA_PRESENT 0

/* Dies without memory, so that what it returns is never an error. */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t flags);
void *xa_load(struct xarray *xa, unsigned long index);
void *xa_erase(struct xarray *xa, unsigned long index);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, int filter);

#define xa_is_err(entry) ((void)(entry), false)

#endif /* ENGINE_LINUX_XARRAY_H */
