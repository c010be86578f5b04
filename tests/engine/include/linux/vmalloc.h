/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_VMALLOC_H
#define ENGINE_LINUX_VMALLOC_H

#include <linux/mm.h>

#define VM_MAP		0
#define PAGE_KERNEL	0

struct page *vmalloc_to_page(const void *addr);
void *vmap(struct page **pages, unsigned int count, unsigned long flags, int prot);
void vunmap(const void *addr);

#endif /* ENGINE_LINUX_VMALLOC_H */
