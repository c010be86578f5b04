/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_CALLERS_H
#define ENGINE_CALLERS_H

#include "engine.h"
#include "targets.h"

/* The bodies of a target: the original and a patched one. */
#define BODIES 2

/* Ops of a target at once. */
#define OPS 4

/**
 * struct target - what a call of a target has to run
 * @fn: its trampoline
 * @version: odd while the writer changes it, another one behind each change
 * @n: how many ops it has
 * @permanent: the first of them was there before the first call and stays
 * @counters: of its ops
 *
 * Written by the writer. A call that found one even version before and behind
 * it ran every op exactly once, and any other call the permanent one.
 */
struct target {
	struct lph_function *fn;
	unsigned int version;
	unsigned int n;
	bool permanent;
	u64 *counters[OPS];
};

extern struct target targets[LPH_TARGETS];

/**
 * struct counts - what came of the calls, on one CPU
 * @ran: calls by target and body
 * @calls: calls by context
 * @lapses: an op did not run
 * @doubles: an op ran more than once
 * @mismatches: a call returned what no body returns, or counted for another one
 */
struct counts {
	u64 ran[LPH_TARGETS][BODIES];
	u64 calls[LPH_CONTEXTS];
	u64 lapses;
	u64 doubles;
	u64 mismatches;
};

/* All targets can be called, and are from here on until callers_stop(). */
void callers_start(unsigned int threads, unsigned int interrupt_us);
void callers_stop(void);
/* Where most calls go from now on. */
void callers_prefer(unsigned int target);
/* Whether a call was not as it should be. */
bool callers_complained(void);
/* Of all CPUs; exact once they have stopped. */
void callers_read(struct counts *sum);

#endif /* ENGINE_CALLERS_H */
