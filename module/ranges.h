/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_RANGES_H
#define LPH_RANGES_H

#include <linux/types.h>

/**
 * struct lph_range - where a function, or all of a module, is
 * @start: address
 * @size: bytes
 */
struct lph_range {
	unsigned long start;
	unsigned long size;
};

/**
 * struct lph_ranges - pieces of text that are looked for on the stacks of tasks
 * @n: how many there are
 * @max: how many there is room for
 * @range: ordered and apart from each other, once lph_ranges_sort() was called
 */
struct lph_ranges {
	unsigned int n;
	unsigned int max;
	struct lph_range *range;
};

int lph_ranges_add(struct lph_ranges *ranges, unsigned long start, unsigned long size);
void lph_ranges_sort(struct lph_ranges *ranges);
bool lph_ranges_have(const struct lph_ranges *ranges, unsigned long addr);
void lph_ranges_clear(struct lph_ranges *ranges);

#endif /* LPH_RANGES_H */
