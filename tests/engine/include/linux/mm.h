/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_MM_H
#define ENGINE_LINUX_MM_H

#include <linux/types.h>

#define PAGE_SIZE		4096UL
#define PAGE_ALIGN_DOWN(addr)	((addr) & ~(PAGE_SIZE - 1))
#define offset_in_page(p)	((unsigned long)(p) & (PAGE_SIZE - 1))

/* One page of the program's text. */
struct page {
	off_t offset;
};

#endif /* ENGINE_LINUX_MM_H */
