// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task record: where a trapped call keeps its return address between the
 * trap and the stub that goes on from it.
 *
 * It lives where thread_info once did, at the bottom of the task's kernel
 * stack, above the end-of-stack magic, because that place is reachable from
 * every context, NMI included, without a lock or an allocation. The kernel
 * zeroes every stack it hands out, so that a record needs no set-up; only
 * init_task's stack comes from the linker and may hold filler.
 *
 * Idea: S. Rostedt and N. Stange, "x86/ftrace: Emulate calls from int3",
 * linux-kernel, April 2019.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "thread.h"

#if defined(CONFIG_GCC_PLUGIN_STACKLEAK) || defined(CONFIG_KSTACK_ERASE)
#error "Stack erasing poisons the bottom of kernel stacks, where the task record lives."
#endif
#ifndef CONFIG_THREAD_INFO_IN_TASK
#error "thread_info still lives at the bottom of kernel stacks, where the task record would."
#endif

/*
 * Owner: the task itself, in whatever context interrupts it; no other CPU
 * ever looks. Contexts nest strictly, so compiler barriers are enough.
 *
 * But @old: the patch transition in which the task still runs the old bodies
 * (consistency.c). The task reads it, and clears it when it has looked at its own
 * stack; others write it while the task cannot run.
 *
 * And what tasks.c has found on its stack, which the task does not look at: @question,
 * what was asked, @switches, its count of context switches then, and @answer.
 */
struct lph_thread {
	u32 depth;
	u32 spins;
	unsigned long slot[LPH_SLOTS];
	u32 old;
	u32 question;
	u64 switches;
	unsigned long answer;
};

/* Traps of a spinning task before one of them is emulated. */
#define LPH_SPINS 50

/* Per CPU; the max is written by cmpxchg as an NMI may raise it in between. */
static DEFINE_PER_CPU(struct lph_traps, lph_traps);

#ifdef LPH_TESTS
static unsigned int slots = LPH_SLOTS;

static int slots_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, LPH_SLOTS);
}

static const struct kernel_param_ops slots_ops = {
	.set = slots_set,
	.get = param_get_uint,
};
module_param_cb(slots, &slots_ops, &slots, 0600);
MODULE_PARM_DESC(slots, "Slots of a task record that may be used, 1 to 4 (for tests)");

static DEFINE_STATIC_KEY_FALSE(lph_lingers);
static unsigned int linger_us;

static int linger_us_set(const char *val, const struct kernel_param *kp)
{
	int r = param_set_uint_minmax(val, kp, 0, 10000);

	if (r)
		return r;
	if (linger_us)
		static_branch_enable(&lph_lingers);
	else
		static_branch_disable(&lph_lingers);
	return 0;
}

static const struct kernel_param_ops linger_us_ops = {
	.set = linger_us_set,
	.get = param_get_uint,
};
module_param_cb(linger_us, &linger_us_ops, &linger_us, 0600);
MODULE_PARM_DESC(linger_us, "Delay between the steps of a rewrite, and between a trap and its stub, in microseconds (for tests)");

/**
 * lph_linger_us() - how long a rewrite should stay between two steps
 */
unsigned int lph_linger_us(void)
{
	return READ_ONCE(linger_us);
}

/**
 * lph_linger() - stay between a trap and its stub, if told to
 *
 * Context: any.
 */
void lph_linger(void)
{
	if (static_branch_unlikely(&lph_lingers))
		udelay(min(READ_ONCE(linger_us), 50u));
}
#else
static const unsigned int slots = LPH_SLOTS;
#endif

static struct lph_thread *record_of(struct task_struct *task)
{
	return (void *)((unsigned long *)task_stack_page(task) + 1);
}

static void note_depth(u32 depth)
{
	u32 max = this_cpu_read(lph_traps.max_depth);

	while (depth > max) {
		u32 seen = this_cpu_cmpxchg(lph_traps.max_depth, max, depth);

		if (seen == max)
			break;
		max = seen;
	}
}

/**
 * lph_thread_push() - save an address in the record of the current task
 * @addr: where the call goes on
 *
 * Context: the trap.
 * Return: false where no slot is free.
 */
bool lph_thread_push(unsigned long addr)
{
	struct lph_thread *record = record_of(current);
	u32 depth = READ_ONCE(record->depth);

	if (depth >= READ_ONCE(slots))
		return false;
	/*
	 * The slot is taken before it is filled: an interrupt in between
	 * uses the next one. Pairs with lph_thread_pop().
	 */
	WRITE_ONCE(record->depth, depth + 1);
	barrier();
	WRITE_ONCE(record->slot[depth], addr);
	note_depth(depth + 1);
	return true;
}

/**
 * lph_thread_pop() - take back what the last lph_thread_push() saved
 *
 * Context: the stub that the trap went on in.
 */
unsigned long lph_thread_pop(void)
{
	struct lph_thread *record = record_of(current);
	u32 depth;
	unsigned long addr;

	lph_linger();
	depth = READ_ONCE(record->depth) - 1;
	addr = READ_ONCE(record->slot[depth]);
	/* A slot that is free is as the kernel hands the stack out. */
	WRITE_ONCE(record->slot[depth], 0);
	/*
	 * The slot is read and cleared before it is given back: an interrupt
	 * after that fills it. Pairs with lph_thread_push().
	 */
	barrier();
	WRITE_ONCE(record->depth, depth);
	return addr;
}

/**
 * lph_thread_depth() - how many slots of the current task's record are in use
 *
 * Context: any.
 */
u32 lph_thread_depth(void)
{
	return READ_ONCE(record_of(current)->depth);
}

/**
 * lph_thread_spin() - may the current task trap once more for the same call?
 *
 * Context: the trap, interrupts were on.
 * Return: false every LPH_SPINS times.
 */
bool lph_thread_spin(void)
{
	struct lph_thread *record = record_of(current);

	cpu_relax();
	record->spins = (record->spins + 1) % LPH_SPINS;
	return record->spins;
}

/**
 * lph_thread_old() - does the current task run the old bodies?
 * @epoch: of the patch transition
 *
 * Context: any.
 */
bool lph_thread_old(u32 epoch)
{
	return READ_ONCE(record_of(current)->old) == epoch;
}

/**
 * lph_thread_is_old() - does @task run the old bodies?
 * @task: one whose stack is there
 * @epoch: of the patch transition
 */
bool lph_thread_is_old(struct task_struct *task, u32 epoch)
{
	return READ_ONCE(record_of(task)->old) == epoch;
}

/**
 * lph_thread_set_old() - say in which patch transition a task runs the old bodies
 * @task: one whose stack is there, and who is the current task or cannot run
 * @epoch: of the transition, or 0 for none
 */
void lph_thread_set_old(struct task_struct *task, u32 epoch)
{
	WRITE_ONCE(record_of(task)->old, epoch);
}

/**
 * lph_thread_switch() - the current task runs the old bodies no longer
 * @epoch: of the patch transition that found it so
 *
 * It may have been preempted since it looked, and be in another one by now: that mark
 * stays.
 *
 * Context: task.
 */
void lph_thread_switch(u32 epoch)
{
	(void)cmpxchg(&record_of(current)->old, epoch, 0);
}

/**
 * lph_thread_answered() - was this asked already, and has the task not run since?
 * @task: one whose stack is there, and that cannot run
 * @question: what is asked
 * @switches: its count of context switches
 * @ret_answer: filled where it was
 *
 * Context: transition queue, or a CPU that has stopped all others for it.
 */
bool lph_thread_answered(struct task_struct *task, u32 question, u64 switches,
			 unsigned long *ret_answer)
{
	const struct lph_thread *record = record_of(task);

	if (record->question != question || record->switches != switches)
		return false;
	*ret_answer = record->answer;
	return true;
}

/**
 * lph_thread_answer() - keep what was found, for lph_thread_answered()
 * @task: as there
 * @question: what was asked; 0: nothing
 * @switches: its count of context switches
 * @answer: what was found
 *
 * Context: as there.
 */
void lph_thread_answer(struct task_struct *task, u32 question, u64 switches,
		       unsigned long answer)
{
	struct lph_thread *record = record_of(task);

	record->question = question;
	record->switches = switches;
	record->answer = answer;
}

/**
 * lph_thread_init() - set up the one record that the kernel does not zero
 */
void lph_thread_init(void)
{
	memset(record_of(&init_task), 0, sizeof(struct lph_thread));
}

void lph_traps_count(enum lph_context context, enum lph_strategy strategy)
{
	this_cpu_inc(lph_traps.taken[context]);
	this_cpu_inc(lph_traps.by_strategy[strategy]);
}

void lph_traps_count_overflow(void)
{
	this_cpu_inc(lph_traps.overflows);
}

void lph_traps_count_stale(void)
{
	this_cpu_inc(lph_traps.stale);
}

void lph_traps_count_lapse(void)
{
	this_cpu_inc(lph_traps.lapses);
}

/**
 * lph_traps_read() - sum the counters over all CPUs
 * @traps: where to; @traps->max_depth is the deepest since the last
 *	lph_traps_reset_max_depth()
 */
void lph_traps_read(struct lph_traps *traps)
{
	int cpu, i;

	memset(traps, 0, sizeof(*traps));
	for_each_possible_cpu(cpu) {
		const struct lph_traps *t = per_cpu_ptr(&lph_traps, cpu);

		for (i = 0; i < LPH_CONTEXTS; i++)
			traps->taken[i] += READ_ONCE(t->taken[i]);
		for (i = 0; i <= LPH_STRATEGY_MAX; i++)
			traps->by_strategy[i] += READ_ONCE(t->by_strategy[i]);
		traps->stale += READ_ONCE(t->stale);
		traps->overflows += READ_ONCE(t->overflows);
		traps->lapses += READ_ONCE(t->lapses);
		traps->max_depth = max(traps->max_depth, READ_ONCE(t->max_depth));
	}
}

/**
 * lph_traps_reset_max_depth() - start a new search for the deepest trap
 *
 * Context: between transitions, when no trap is taken.
 */
void lph_traps_reset_max_depth(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		WRITE_ONCE(per_cpu_ptr(&lph_traps, cpu)->max_depth, 0);
}
