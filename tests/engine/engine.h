/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_H
#define ENGINE_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "arch.h"
#include "function.h"
#include "thread.h"

/*
 * The engine, for whoever calls what it traces: what module/backend.c,
 * attach.c and op-transition.c do in the kernel, without requests and errors.
 * Only one thread at a time, a CPU, may change something.
 */

struct lph_function;
struct lph_op;

/* The bodies that an op counts by. */
#define ENGINE_BODIES (LPH_BODIES + 1)

/**
 * struct engine_change - what one change did
 * @ns: when each phase was reached, from LPH_PHASE_START; 0 one that was not
 * @traps: while it ran
 */
struct engine_change {
	u64 ns[LPH_PHASE_SETTLED + 1];
	struct lph_traps traps;
};

/* The calling thread becomes CPU 0. */
void engine_init(void);

/* Sets a parameter of the module. */
void engine_param(const char *name, const char *value);

/**
 * engine_attach() - let calls of a function enter a trampoline
 * @addr: the function; it begins with the 5 byte nop of -mfentry -mnop-mcount
 * @slot: the trampoline's number
 *
 * Context: nobody calls the function.
 */
struct lph_function *engine_attach(void *addr, unsigned int slot);

/* kind: LPH_KIND_COUNT, or LPH_KIND_LATENCY where all arguments are in registers. */
struct lph_op *engine_add(struct lph_function *fn, enum lph_op_kind kind, s32 priority,
			  enum lph_strategy strategy, struct engine_change *ret_change);
void engine_remove(struct lph_op *op, enum lph_strategy strategy,
		   struct engine_change *ret_change);

/**
 * engine_redirect() - let calls of a function go on in another body
 * @fn: the function
 * @body: 0 for the original
 * @epoch: 0, or what tasks are marked with (engine_mark()) that run the body which
 *	was there before; until another engine_redirect() to the same body
 * @strategy: how traps go on meanwhile
 * @ret_change: what it did; not when its phases were reached
 */
void engine_redirect(struct lph_function *fn, unsigned long body, u32 epoch,
		     enum lph_strategy strategy, struct engine_change *ret_change);

/* What calls of the shared backend run that have more to do than to count. */
extern void (*engine_shared_call)(struct lph_frame *frame);

/* What each op of LPH_KIND_LATENCY calls, with preemption off, or NULL. */
extern void (*engine_in_op)(const struct lph_function *fn);

/*
 * Each engine_add() and engine_remove() whose sites change waits for a call that traps,
 * and asks @has_to as that begins and then again whether one must have; NULL: no longer.
 */
void engine_wait_for_traps(bool (*has_to)(bool begins));

/* Marks the calling task with an epoch, or with 0: no longer. */
void engine_mark(u32 epoch);
bool engine_marked(u32 epoch);

/* The index of a body among those that ops count by. */
unsigned int engine_body(struct lph_function *fn, unsigned long body);

/* Whether calls take the shortest way to their body that they may: see exit.c. */
bool engine_straight(struct lph_function *fn);

/* What a call does that enters the trampoline now. */
enum lph_entry engine_entry(struct lph_function *fn);

/**
 * engine_count_at() - where a call counts that enters the trampoline now
 * @fn: the function
 * @loaded: behind the load of the counter's address, or before it
 *
 * Return: the address of the instruction, or 0 where calls run no count.
 */
unsigned long engine_count_at(struct lph_function *fn, bool loaded);

/* Where it leaves for the body, unless it returns by itself: X. */
unsigned long engine_exit_at(struct lph_function *fn);

/* Lets grace periods end. */
void engine_quiescent(void);

/* Does what earlier changes have left for later, too. */
void engine_poll(void);

/*
 * Whether nothing is left to do, but for the grace periods that CPUs hold up: whoever
 * asks holds up all others, with preemption off or (@tasks) on.
 */
bool engine_still(bool tasks);

/* Whether no grace period is under way, or to come. */
bool engine_idle(void);

/* Frees what has been removed. No other CPU is there any more. */
void engine_settle(void);

/* How many calls ops of LPH_KIND_LATENCY have seen begin, and how many return. */
u64 engine_measured(u64 *ret_returned);

/* How often the op ran on all CPUs, in calls of body @body. */
u64 engine_hits(const struct lph_op *op, unsigned int body);

/**
 * engine_counters() - where an op counts, by body
 * @op: the op
 *
 * Return: for engine_hits_here(); may be read when the op is gone.
 */
u64 *engine_counters(const struct lph_op *op);

/* How often the op ran on the calling CPU, in calls of body @body. */
static inline u64 engine_hits_here(u64 *counters, unsigned int body)
{
	return this_cpu_read(counters[body]);
}

#endif /* ENGINE_H */
