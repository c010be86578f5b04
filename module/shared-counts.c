// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of the shared backend's lone counts: what a call increments that has
 * nothing else to do, found by where the original of its function goes on, which is
 * what ftrace's call leaves on the stack. An architecture's lph_arch_shared_entry() looks
 * into it, in a few instructions, and the callback of shared.c, for calls that come through
 * ftrace's list. Who is not found there runs the list of ops, which is as right.
 *
 * Open addressing with a power of two of slots, at most half of them taken. A key's
 * first slot is given by its low bits, but for the lowest, which alignment makes equal:
 * functions are as good as spread by their sizes. The last slot is never taken, so that
 * each search ends.
 *
 * An entry:
 *
 *  1. Its counter is written, then its key. Pairs with the loads of who searches: the
 *     key, then the counter.
 *  2. A new counter is one store: each call increments the one or the other.
 *  3. Taken out, its key is marked as gone, and stays: who has compared it may be about
 *     to load its counter. So nothing but the same key may take the slot again.
 *
 * Slots of keys that are gone come back with another table:
 *
 *  4. It is filled with the live entries.
 *  5. A larger one: its base is published, then its mask. Who has the old mask looks in
 *     too small a part of the new table, and finds the right entry or none.
 *     A smaller one: its mask is published; behind a grace period nobody has the old
 *     one, and its base is. Between the two, the old table is searched in too small a part.
 *     Pairs with the loads of who searches: the mask, then the base.
 *  6. Behind a grace period, the old table is freed.
 *
 * Grace periods are those of garbage.c: of RCU tasks for calls that are preempted in
 * the trampoline, the rude ones for calls from where RCU does not watch.
 */
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "body.h"
#include "function.h"
#include "garbage.h"
#include "locking.h"
#include "shared-counts.h"

/* Slots at least, and how full the table may be, and how empty, before there is another. */
#define COUNTS_MIN 256UL
#define COUNTS_FULL 2
#define COUNTS_EMPTY 16

/* The two highest bits of an address are equal, those of a key that is gone are not. */
#define COUNTS_GONE BIT(62)

/**
 * struct counts - a table; written on the transition queue
 * @garbage: another table has taken its place
 * @slots: how many, a power of two, without the last
 * @used: how many are not free
 * @live: how many of these are not gone
 * @functions: of each slot; behind the entries
 * @entries: @slots and the last, which is free
 */
struct counts {
	struct lph_garbage garbage;
	unsigned long slots;
	unsigned long used;
	unsigned long live;
	struct lph_function **functions;
	struct lph_count entries[] ____cacheline_aligned;
};

struct lph_shared_counts lph_shared_counts;

/* What lph_shared_counts has: RCU as above, and preemption off. */
static struct counts __rcu *current_counts;

static struct counts *counts_new(unsigned long slots)
{
	size_t entries = array_size(slots + 1, sizeof(struct lph_count));
	struct counts *counts;

	counts = kvzalloc(size_add(sizeof(*counts) + entries,
				   array_size(slots, sizeof(*counts->functions))),
			  GFP_KERNEL);
	if (!counts)
		return NULL;
	counts->slots = slots;
	counts->functions = (void *)counts->entries + entries;
	return counts;
}

static unsigned long mask_of(const struct counts *counts)
{
	return (counts->slots - 1) * sizeof(struct lph_count);
}

static struct counts *own(void)
{
	return rcu_dereference_protected(current_counts, true);
}

/* The slot of @key, be it live or gone, or the one where its search ends. */
static struct lph_count *slot_of(struct counts *counts, unsigned long key)
{
	struct lph_count *entry = (void *)counts->entries + (key & mask_of(counts));

	while (entry->key && entry->key != key && entry->key != (key ^ COUNTS_GONE))
		entry++;
	return entry;
}

static bool is_live(const struct lph_count *entry)
{
	return entry->key && !((entry->key ^ entry->key << 1) >> 63);
}

static bool is_last(const struct counts *counts, const struct lph_count *entry)
{
	return entry == counts->entries + counts->slots;
}

/* 1, of a key that is not there, into a slot that is not the last. */
static void take(struct counts *counts, struct lph_count *entry, unsigned long key,
		 u64 __percpu *counter, struct lph_function *fn)
{
	if (!entry->key)
		counts->used++;
	counts->live++;
	WRITE_ONCE(counts->functions[entry - counts->entries], fn);
	WRITE_ONCE(entry->counter, counter);
	/* The counter first; pairs with the search for the key. */
	smp_store_release(&entry->key, key);
}

/* 4. Return: did all find a slot before the last? */
static bool fill(struct counts *counts, const struct counts *from)
{
	unsigned long i;

	for (i = 0; i < from->slots; i++) {
		const struct lph_count *entry = &from->entries[i];
		struct lph_count *slot;

		if (!is_live(entry))
			continue;
		slot = slot_of(counts, entry->key);
		if (is_last(counts, slot))
			return false;
		take(counts, slot, entry->key, entry->counter, from->functions[i]);
	}
	return true;
}

static void counts_free(struct lph_garbage *garbage)
{
	kvfree(container_of(garbage, struct counts, garbage));
}

/* 5 and 6. */
static void replace(struct counts *old, struct counts *counts)
{
	if (counts->slots < old->slots) {
		WRITE_ONCE(lph_shared_counts.mask, mask_of(counts));
		lph_garbage_wait();
		/* What is in the table first; pairs with the loads that depend on it. */
		smp_store_release(&lph_shared_counts.base, counts->entries);
	} else {
		/* Likewise. */
		smp_store_release(&lph_shared_counts.base, counts->entries);
		/* The base first; pairs with the load of the mask in a search. */
		smp_store_release(&lph_shared_counts.mask, mask_of(counts));
	}
	rcu_assign_pointer(current_counts, counts);
	mutex_lock(&lph_lock);
	lph_garbage_add(&old->garbage, counts_free);
	mutex_unlock(&lph_lock);
}

/* Return: has the table @slots now, and no key that is gone? */
static bool rebuild(unsigned long slots)
{
	struct counts *old = own(), *counts = counts_new(slots);

	if (counts && fill(counts, old)) {
		replace(old, counts);
		return true;
	}
	kvfree(counts);
	return false;
}

/**
 * lph_counts_fit() - make the table as large as it should be
 * @more: how many entries are about to come
 *
 * Without memory it stays as it is, and what finds no room runs the list of ops.
 *
 * Context: transition queue, without lph_lock; may sleep for tens of milliseconds.
 */
void lph_counts_fit(unsigned int more)
{
	const struct counts *counts = own();
	unsigned long wanted = max((counts->live + more) * COUNTS_FULL * 2, COUNTS_MIN);

	wanted = roundup_pow_of_two(wanted);
	if ((counts->used + more) * COUNTS_FULL > counts->slots ||
	    (wanted < counts->slots && (counts->live + more) * COUNTS_EMPTY < counts->slots))
		rebuild(wanted);
}

/**
 * lph_counts_clear() - calls of a function run its list
 * @fn: the function
 *
 * Context: transition queue.
 */
void lph_counts_clear(struct lph_function *fn)
{
	struct counts *counts = own();
	struct lph_count *entry = slot_of(counts, fn->original);

	if (entry->key != fn->original)
		return;
	/* 3. */
	WRITE_ONCE(entry->key, fn->original ^ COUNTS_GONE);
	counts->live--;
}

/**
 * lph_counts_set() - calls of a function do nothing but increment a counter
 * @fn: the function
 * @counter: what calls of the original increment; [lph_body_index()] of it, calls of
 *	other bodies. Must be there for a grace period of RCU tasks behind the call
 *	that gives it up
 *
 * Context: transition queue; lph_counts_fit() has made room.
 */
void lph_counts_set(struct lph_function *fn, u64 __percpu *counter)
{
	struct counts *counts = own();
	struct lph_count *entry = slot_of(counts, fn->original);

	if (entry->key == fn->original)
		/* 2. */
		WRITE_ONCE(entry->counter, counter);
	else if (!is_last(counts, entry) && counts->used * COUNTS_FULL <= counts->slots)
		take(counts, entry, fn->original, counter, fn);
}

/**
 * lph_counts_run_other() - the same for a call that goes on in another body
 * @original: where it would go on
 * @body: where the call goes on
 *
 * Context: any that the function is called in; calls nothing traceable. Preemption is off
 * while it looks at the function, as shared.c wants it.
 * Return: is there nothing else to do for it?
 */
bool lph_counts_run_other(unsigned long original, unsigned long body)
{
	const struct lph_count *entry;
	const struct counts *counts;
	u64 __percpu *counter;

	preempt_disable_notrace();
	counts = rcu_dereference_raw_check(current_counts);
	entry = lph_counts_search(counts->entries, mask_of(counts), original);
	if (entry) {
		counter = READ_ONCE(entry->counter);
		counter += lph_body_of(READ_ONCE(counts->functions[entry - counts->entries]), body);
		this_cpu_inc(*counter);
	}
	preempt_enable_notrace();
	return entry;
}

/**
 * lph_counts_init() - make an empty table
 *
 * Context: module load.
 * Return: 0 or -ENOMEM, with a message in the kernel log.
 */
int lph_counts_init(void)
{
	struct counts *counts = counts_new(COUNTS_MIN);

	if (!counts) {
		pr_err("out of memory for the table of the shared backend\n");
		return -ENOMEM;
	}
	lph_shared_counts.base = counts->entries;
	lph_shared_counts.mask = mask_of(counts);
	RCU_INIT_POINTER(current_counts, counts);
	return 0;
}

/**
 * lph_counts_exit() - free the table
 *
 * Context: module unload; no call looks into it any more.
 */
void lph_counts_exit(void)
{
	kvfree(own());
}
