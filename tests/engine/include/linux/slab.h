/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SLAB_H
#define ENGINE_LINUX_SLAB_H

#include <linux/errno.h>
#include <linux/types.h>

#define GFP_KERNEL 0

#define struct_size(p, member, n) (sizeof(*(p)) + sizeof(*(p)->member) * (n))

void *kzalloc(size_t size, gfp_t flags);
void *kvzalloc(size_t size, gfp_t flags);
void *kvmalloc_array(size_t n, size_t size, gfp_t flags);
char *kstrdup(const char *s, gfp_t flags);
/* What is freed reads as garbage from then on, for whoever still looks. */
void kfree(const void *p);
void kvfree(const void *p);

#endif /* ENGINE_LINUX_SLAB_H */
