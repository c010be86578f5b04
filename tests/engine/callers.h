/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_CALLERS_H
#define ENGINE_CALLERS_H

#include "engine.h"
#include "targets.h"

/* The bodies of a target: the original and those that it is patched with. */
#define BODIES 3

/* Ops of a target at once. */
#define OPS 4

/* What the values of a target's bodies are xored with. */
extern const u64 body_bits[BODIES];
/* None for the original. */
extern void *const body_functions[LPH_TARGETS][BODIES];

/**
 * struct target - what a call of a target has to run
 * @fn: its trampoline
 * @version: odd while the writer changes it, another one behind each change
 * @n: how many ops it has
 * @permanent: the first of them was there before the first call and stays
 * @bare: it has none, ever
 * @counters: of its ops
 * @body: that calls go on in
 * @old: that calls of tasks go on in which are marked with @epoch
 * @epoch: where the two differ
 * @between: where the version is odd: bit mask of bodies that calls may go on in
 *
 * Written by the writer. A call that found one even version before and behind
 * it ran every op exactly once, and any other call the permanent one.
 */
struct target {
	struct lph_function *fn;
	unsigned int version;
	unsigned int n;
	bool permanent;
	bool bare;
	u64 *counters[OPS];
	unsigned int body;
	unsigned int old;
	u32 epoch;
	unsigned int between;
};

extern struct target targets[LPH_TARGETS];

/**
 * struct counts - what came of the calls, on one CPU
 * @ran: calls by target and body
 * @calls: calls by context
 * @lapses: an op did not run, or a body did that should not
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
/* Marks every task with an epoch. They give up their marks by and by. */
void callers_mark(u32 epoch);
/* How many have one. */
unsigned int callers_marked(void);
/*
 * Holds up every caller's task in the trampoline of a target, which is preferred: before
 * the instruction at @at, which all its calls run, or for 0 anywhere, which needs
 * interrupt_step(). Returns when all are. They take interrupts.
 */
void callers_park(unsigned int target, unsigned long at);
/* The same in an op of LPH_KIND_LATENCY of the target, with preemption off. */
void callers_park_in_op(unsigned int target);
void callers_release(void);
/* Where most calls go from now on. */
void callers_prefer(unsigned int target);
/* Whether a call was not as it should be. */
bool callers_complained(void);
/* How many calls of a target have returned, but for those that are just counted. */
u64 callers_ran(unsigned int target);
/* Of all CPUs; exact once they have stopped. */
void callers_read(struct counts *sum);

#endif /* ENGINE_CALLERS_H */
