/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include "engine.h"

/**
 * struct changed - what came of the changes
 * @taken: traps, by enum lph_strategy and context
 * @changes: how many
 * @redirects: of bodies
 * @straight: how often a target's calls came to take the shortest way
 * @overflows_for_nothing: traps that found no slot where there was one
 * @entries: by enum lph_entry, how many changes left it to a target
 * @deepest: traps of a task at a time
 */
struct changed {
	u64 taken[LPH_STRATEGY_MAX + 1][LPH_CONTEXTS];
	u64 changes;
	u64 redirects;
	u64 straight;
	u64 overflows_for_nothing;
	u64 entries[LPH_ENTRIES];
	u32 deepest;
};

extern struct changed changed;

/* Attaches all targets; nobody calls them yet. */
void change_begin(void);
/* Only changes of this kind from here on. Return: whether there is such a word. */
bool change_only_that(const char *word);
/* Changes the targets, until something is wrong. */
void change_for(unsigned int seconds);
/* The op of a target that stays, where it has one. */
const struct lph_op *change_permanent(unsigned int t);

#endif /* ENGINE_CHANGES_H */
