/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_SHARED_COUNTS_H
#define LPH_SHARED_COUNTS_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "arch.h"

struct lph_function;

void lph_counts_fit(unsigned int more);
void lph_counts_set(struct lph_function *fn, u64 __percpu *counter);
void lph_counts_clear(struct lph_function *fn);
bool lph_counts_run_other(unsigned long original, unsigned long body);
int lph_counts_init(void);
void lph_counts_exit(void);

/* The slot of @original, or NULL. */
static __always_inline const struct lph_count *
lph_counts_search(const struct lph_count *base, unsigned long mask, unsigned long original)
{
	const struct lph_count *entry = (const void *)base + (original & mask);
	unsigned long key;

	/* Before the counter; pairs with the store of the key. */
	while ((key = smp_load_acquire(&entry->key)) != original) {
		if (!key)
			return NULL;
		entry++;
	}
	return entry;
}

/**
 * lph_counts_run() - count a call that the callback got and that goes on in the original
 * @original: where
 *
 * Kept by the grace periods that wait for whoever is here, as the trampoline is.
 *
 * Context: any that the function is called in; calls nothing traceable.
 * Return: is there nothing else to do for it?
 */
static __always_inline bool lph_counts_run(unsigned long original)
{
	const struct lph_count *entry;
	unsigned long mask;

	/* Before the base; pairs with the store of the mask. */
	mask = smp_load_acquire(&lph_shared_counts.mask);
	entry = lph_counts_search(READ_ONCE(lph_shared_counts.base), mask, original);
	if (entry)
		this_cpu_inc(*READ_ONCE(entry->counter));
	return entry;
}

#endif /* LPH_SHARED_COUNTS_H */
