// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pieces of text. A patch of hundreds of functions has more than a thousand, and
 * each address on each stack is looked up, some of it with all CPUs stopped.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "ranges.h"

static int grow(struct lph_ranges *ranges)
{
	unsigned int max = max(2 * ranges->max, 16u);
	struct lph_range *range;

	range = kvmalloc_array(max, sizeof(*range), GFP_KERNEL);
	if (!range)
		return -ENOMEM;
	if (ranges->n)
		memcpy(range, ranges->range, ranges->n * sizeof(*range));
	kvfree(ranges->range);
	ranges->range = range;
	ranges->max = max;
	return 0;
}

/**
 * lph_ranges_add() - one more piece
 * @ranges: zeroed at first; lph_ranges_clear() ends it
 * @start: address
 * @size: bytes
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int lph_ranges_add(struct lph_ranges *ranges, unsigned long start, unsigned long size)
{
	int r = 0;

	if (ranges->n == ranges->max)
		r = grow(ranges);
	if (r)
		return r;
	ranges->range[ranges->n++] = (struct lph_range){ start, size };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct lph_range *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/**
 * lph_ranges_sort() - put the pieces in order, and those together that overlap
 * @ranges: nothing is added any more
 */
void lph_ranges_sort(struct lph_ranges *ranges)
{
	struct lph_range *last = ranges->range;
	unsigned int i;

	if (!ranges->n)
		return;
	sort(ranges->range, ranges->n, sizeof(*ranges->range), compare, NULL);
	for (i = 1; i < ranges->n; i++) {
		const struct lph_range *next = &ranges->range[i];

		if (next->start - last->start <= last->size)
			last->size = max(last->size, next->start + next->size - last->start);
		else
			*++last = *next;
	}
	ranges->n = last - ranges->range + 1;
}

/**
 * lph_ranges_have() - is an address in one of the pieces?
 * @ranges: sorted
 * @addr: the address
 *
 * Context: any.
 */
bool lph_ranges_have(const struct lph_ranges *ranges, unsigned long addr)
{
	unsigned int low = 0, high = ranges->n;

	/* Those before low begin at or below addr, those from high on above it. */
	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (ranges->range[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low && addr - ranges->range[low - 1].start < ranges->range[low - 1].size;
}

void lph_ranges_clear(struct lph_ranges *ranges)
{
	kvfree(ranges->range);
	*ranges = (struct lph_ranges){};
}
