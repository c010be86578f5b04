// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call of a function runs: its ops, and the body that it goes on in; and
 * how that changes.
 *
 * A call reads the function's op array once, runs exactly the ops that it
 * found there, and goes on in the body that it found there. So an op that is
 * in the set before a change and after it runs exactly once in every call,
 * whatever the sites look like at that moment, and is told the body that is run.
 *
 * A change, change_array():
 *
 *  1. Open the trampoline for writing: from here on nothing fails.
 *  2. Publish the new array.
 *  3. Clear @single, the short way to the op of an array of one: a call that
 *     is on that way, and has not read it yet, runs the array instead.
 *  4. Rewrite the sites (arch/). A call that traps meanwhile runs the array.
 *     Where the array has one op, which counts, E leads to count, and what
 *     count increments is that op's counter of the body that it goes on in.
 *  5. Where the array has one op and nothing else, set @single.
 *  6. Free the old array, and the op that left, after a grace period
 *     (garbage.c: nobody waits for it). One of RCU tasks, too: a call
 *     can be preempted in count, which increments the op's counter then.
 *
 * The shared backend has no sites: there, 2 and 6 are all, and in the place of 4, the
 * table of shared-counts.c gets the op that counts, or loses the function.
 *
 * A patch transition changes the bodies of several functions at once. It holds
 * them (lph_op_hold(): steps 1, 3 and 4, so that every call reads the array), publishes
 * prepared arrays of all of them (lph_op_switch(), in any context), and lets them
 * go again (lph_op_release(): steps 1, 4 and 5).
 */
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arch.h"
#include "body.h"
#include "counters.h"
#include "filter.h"
#include "function.h"
#include "garbage.h"
#include "kinds/latency.h"
#include "locking.h"
#include "op-array.h"
#include "op-table.h"
#include "op.h"
#include "shared-counts.h"
#include "thread.h"

/*
 * @garbage: on its way out
 * @choice: which body a call goes on in
 */
struct lph_op_array {
	struct lph_garbage garbage;
	struct lph_choice choice;
	unsigned int n;
	struct lph_op *ops[] __counted_by(n);
};

#ifdef LPH_TESTS
static bool rewrite_all;
module_param(rewrite_all, bool, 0600);
MODULE_PARM_DESC(rewrite_all, "Rewrite every site in every change (for tests)");
#else
static const bool rewrite_all;
#endif

static noinline void run_special(struct lph_op *op, struct lph_frame *frame, unsigned int body)
{
	if (!lph_filter_passes(&op->filter))
		return;
	this_cpu_inc(op->counters->hits[body]);
	if (op->act)
		op->act(op, frame);
}

static __always_inline void run_op(struct lph_op *op, struct lph_frame *frame, unsigned int body)
{
	if (likely(op->plain))
		this_cpu_inc(op->counters->hits[body]);
	else
		run_special(op, frame, body);
}

static unsigned long choose(const struct lph_choice *choice)
{
	if (choice->body[LPH_OLD] != choice->body[LPH_NEW] && lph_thread_old(choice->epoch))
		return choice->body[LPH_OLD];
	return choice->body[LPH_NEW];
}

/* The caller has preemption off: that is what holds off the grace period. */
static __always_inline void run_array(struct lph_frame *frame, struct lph_function *fn)
{
	const struct lph_op_array *array = rcu_dereference_raw_check(fn->array);
	struct lph_op *const *op, *const *end;
	unsigned int body;

	if (!array)
		return;
	frame->body = choose(&array->choice) ?: frame->body;
	if (!array->n)
		return;
	body = lph_body_of(fn, frame->body);
	end = array->ops + array->n;
	for (op = array->ops; op < end; op++)
		run_op(*op, frame, body);
	/* Behind all ops, whose time is not the body's. */
	if (frame->measures)
		lph_latency_begin(frame, body);
}

/*
 * The function whose call the NMI that this CPU is in has brought through the callback,
 * while it was being moved, and not through the trampoline yet.
 */
static DEFINE_PER_CPU(const struct lph_function *, served);

/*
 * Has the callback run the ops for the call that is in the trampoline? That is forgotten
 * then: it is asked once a call.
 */
static bool was_served(const struct lph_function *fn)
{
	if (!in_nmi() || this_cpu_read(served) != fn)
		return false;
	this_cpu_write(served, NULL);
	return true;
}

/*
 * On its way from the one backend to the other, see shared.c: is it here that the ops are
 * run? That the callback was there is asked first, and so forgotten, in any case.
 */
static noinline bool is_moved(const struct lph_function *fn)
{
	return !was_served(fn) && READ_ONCE(fn->backend) == LPH_BACKEND_MOVED;
}

/**
 * lph_list() - run every op of a function, and choose the body
 * @frame: the call
 * @fn: the function
 *
 * What every trap falls back to, and what C calls where there is more than one op.
 *
 * Context: any that the function is called in; calls nothing traceable.
 */
void lph_list(struct lph_frame *frame, struct lph_function *fn)
{
	if (unlikely(!fn)) {
		lph_traps_count_lapse();
		return;
	}
	frame->ip = fn->addr;
	preempt_disable_notrace();
	if (likely(READ_ONCE(fn->backend) == LPH_BACKEND_DIRECT) || is_moved(fn))
		run_array(frame, fn);
	preempt_enable_notrace();
}

/**
 * lph_list_shared() - the same, for the shared backend
 * @frame: the call
 * @fn: the function
 *
 * Context: as lph_list(), preemption off.
 */
void lph_list_shared(struct lph_frame *frame, struct lph_function *fn)
{
	frame->ip = fn->addr;
	run_array(frame, fn);
	if (unlikely(READ_ONCE(fn->moving)) && in_nmi())
		this_cpu_write(served, fn);
}

/* What C calls where the one op only counts. */
static void single_count(struct lph_frame *frame, struct lph_function *fn)
{
	struct lph_op *op;

	preempt_disable_notrace();
	op = rcu_dereference_raw_check(fn->single);
	if (likely(op))
		this_cpu_inc(op->counters->hits[lph_body_of(fn, frame->body)]);
	else
		run_array(frame, fn);
	preempt_enable_notrace();
}

static void free_array(struct lph_garbage *garbage)
{
	kfree(container_of(garbage, struct lph_op_array, garbage));
}

/* 6. */
static void drop_array(struct lph_op_array *array)
{
	lockdep_assert_held(&lph_lock);
	if (!array)
		return;
	lph_garbage_add(&array->garbage, free_array);
}

/**
 * lph_op_drop_array() - unpublish and free in time what calls ran
 * @fn: of which function
 *
 * Context: transition queue, lph_lock; no call enters the trampoline any more.
 */
void lph_op_drop_array(struct lph_function *fn)
{
	RCU_INIT_POINTER(fn->single, NULL);
	drop_array(rcu_replace_pointer(fn->array, NULL, lockdep_is_held(&lph_lock)));
	lph_op_drop_prepared(fn);
}

/* The attached ops of @fn in run order, with @enters and without @leaves. */
static struct lph_op_array *make_array(struct lph_function *fn, const struct lph_choice *choice,
				       const struct lph_op *enters, const struct lph_op *leaves)
{
	struct lph_op_array *array;
	struct lph_op *op;
	unsigned int n = 0, room = 0;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(op, &fn->ops, node)
		room++;
	array = kzalloc(struct_size(array, ops, room), GFP_KERNEL);
	if (!array)
		return NULL;
	array->choice = *choice;
	array->n = room;
	list_for_each_entry(op, &fn->ops, node)
		if (op != leaves && (op->runs || op == enters))
			array->ops[n++] = op;
	array->n = n;
	return array;
}

/* The only one that changes it is the transition queue, on which the caller is. */
static const struct lph_op_array *array_of(struct lph_function *fn)
{
	return rcu_dereference_protected(fn->array, true);
}

/* Nothing to choose and one op that only counts: the short way is right. */
static struct lph_op *short_cut(struct lph_function *fn)
{
	const struct lph_op_array *array = array_of(fn);

	if (fn->turn.held || !array || array->n != 1)
		return NULL;
	if (array->choice.body[LPH_OLD] || array->choice.body[LPH_NEW])
		return NULL;
	return array->ops[0]->plain ? array->ops[0] : NULL;
}

/* Calls keep off X where it leads elsewhere than they should go: see exit.c. */
static enum lph_entry wanted_entry(struct lph_function *fn)
{
	const struct lph_op_array *array = array_of(fn);
	unsigned long body;

	if (fn->turn.held)
		return LPH_ENTRY_TRACE;
	if (!array)
		return fn->exit_body ? LPH_ENTRY_TRACE : LPH_ENTRY_PASS;
	body = array->choice.body[LPH_NEW];
	if (array->choice.body[LPH_OLD] != body || array->n > 1 ||
	    (array->n && !array->ops[0]->plain))
		return LPH_ENTRY_TRACE;
	/* This one returns by itself, wherever X leads to. */
	if (array->n && !body)
		return LPH_ENTRY_COUNT;
	if (body != fn->exit_body)
		return LPH_ENTRY_TRACE;
	if (array->n)
		return LPH_ENTRY_COUNT_REDIRECT;
	return body ? LPH_ENTRY_REDIRECT : LPH_ENTRY_PASS;
}

/* What count increments, where E leads to it; else NULL. */
static u64 __percpu *wanted_counter(struct lph_function *fn, enum lph_entry entry)
{
	const struct lph_op_array *array = array_of(fn);
	unsigned int body;

	switch (entry) {
	case LPH_ENTRY_COUNT:
		return &array->ops[0]->counters->hits[LPH_BODY_ORIGINAL_INDEX];
	case LPH_ENTRY_COUNT_REDIRECT:
		preempt_disable();
		body = lph_body_index(fn, fn->exit_body);
		preempt_enable();
		return &array->ops[0]->counters->hits[body];
	default:
		return NULL;
	}
}

/**
 * lph_op_needs_trace() - do the ops of a function keep its calls off X?
 * @fn: the function
 *
 * Context: lph_lock.
 */
bool lph_op_needs_trace(const struct lph_function *fn)
{
	const struct lph_op *op;
	unsigned int n = 0;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(op, &fn->ops, node)
		if (op->runs && (!op->plain || n++))
			return true;
	return false;
}

/* 4. */
static void rewrite(struct lph_function *fn, void *window, const struct lph_rewrite *how)
{
	enum lph_entry entry = wanted_entry(fn);
	struct lph_sites want = {
		.entry = entry,
		.counter = wanted_counter(fn, entry),
		.call = short_cut(fn) ? single_count : lph_list,
		.strategy = how->strategy,
		.force = rewrite_all,
	};

	lph_arch_rewrite(fn->slot, window, &want, how->phase, how->data);
	mutex_lock(&lph_lock);
	fn->entry = entry;
	if (entry != LPH_ENTRY_TRACE)
		fn->exit_grace = LPH_EXIT_NONE;
	mutex_unlock(&lph_lock);
}

static void *open_window(struct lph_function *fn, struct lph_error *error)
{
	void *window = lph_arch_open(fn->slot);

	if (!window)
		lph_error(error, -ENOMEM,
			  "out of memory for a writable mapping of the trampoline");
	return window;
}

/* 5. Pairs with the dependent load in single_count(). */
static void set_single(struct lph_function *fn)
{
	struct lph_op *op = short_cut(fn);

	if (op)
		rcu_assign_pointer(fn->single, op);
}

/* 2. Return: 0, or -ENOMEM with nothing changed. */
static int publish(struct lph_function *fn, struct lph_op *enters, struct lph_op *leaves)
{
	struct lph_op_array *array;

	lockdep_assert_held(&lph_lock);
	if (enters && leaves)
		lph_op_insert(enters);
	array = make_array(fn, &fn->choice, enters, leaves);
	if (!array && enters && leaves)
		list_del(&enters->node);
	if (!array)
		return -ENOMEM;
	if (enters && leaves)
		lph_op_take_place(leaves, enters);
	/* Pairs with the dependent loads of calls, run_array(). */
	drop_array(rcu_replace_pointer(fn->array, array, lockdep_is_held(&lph_lock)));
	if (enters)
		enters->runs = true;
	if (leaves)
		leaves->runs = false;
	return 0;
}

/**
 * lph_op_count_shared() - let calls of a function of the shared backend do no more than they need
 * @fn: the function
 *
 * Context: transition queue.
 */
void lph_op_count_shared(struct lph_function *fn)
{
	const struct lph_op *op = short_cut(fn);

	if (op && !fn->aliased)
		lph_counts_set(fn, &op->counters->hits[LPH_BODY_ORIGINAL_INDEX]);
	else
		lph_counts_clear(fn);
}

/* Lets calls of @fn run @enters, and @leaves no longer; each may be NULL. */
static int change_array(struct lph_function *fn, struct lph_op *enters, struct lph_op *leaves,
			const struct lph_rewrite *how, struct lph_error *error)
{
	bool sites = fn->backend == LPH_BACKEND_DIRECT;
	void *window = NULL;
	int r;

	/* 1. */
	if (sites)
		window = open_window(fn, error);
	if (sites && !window)
		return -ENOMEM;

	mutex_lock(&lph_lock);
	r = publish(fn, enters, leaves);
	mutex_unlock(&lph_lock);
	if (r) {
		if (sites)
			lph_arch_close(window);
		return lph_error(error, r, "out of memory");
	}
	/* 3. */
	RCU_INIT_POINTER(fn->single, NULL);
	how->phase(how->data, LPH_PHASE_PUBLISH);
	if (!sites) {
		lph_op_count_shared(fn);
		return 0;
	}
	rewrite(fn, window, how);
	lph_arch_close(window);
	set_single(fn);
	return 0;
}

/**
 * lph_op_apply() - let calls run @op, or no longer
 * @op: the op
 * @change: which
 * @how: told of the phases
 * @error: filled on failure
 *
 * Context: transition queue; @op's function is attached.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int lph_op_apply(struct lph_op *op, enum lph_op_change change,
		 const struct lph_rewrite *how, struct lph_error *error)
{
	bool enters = change == LPH_OP_ENTERS;

	return change_array(op->fn, enters ? op : NULL, enters ? NULL : op, how, error);
}

/**
 * lph_op_replace() - let calls run another op in the place of one
 * @op: attached; freed in time, on success
 * @by: of lph_op_variant(); has the id then
 * @how: told of the phases
 * @error: filled on failure
 *
 * Context: transition queue.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int lph_op_replace(struct lph_op *op, struct lph_op *by, const struct lph_rewrite *how,
		   struct lph_error *error)
{
	return change_array(op->fn, by, op, how, error);
}

static void no_phase(void *data, enum lph_phase phase)
{
}

static void rewrite_quietly(struct lph_function *fn, void *window, enum lph_strategy strategy)
{
	const struct lph_rewrite how = { .strategy = strategy, .phase = no_phase };

	rewrite(fn, window, &how);
}

/**
 * lph_op_hold() - let every call of a function read its op array
 * @fn: the function, attached or about to be
 * @strategy: how traps go on meanwhile
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock; until lph_op_release().
 * Return: 0, or -ENOMEM with nothing changed.
 */
int lph_op_hold(struct lph_function *fn, enum lph_strategy strategy, struct lph_error *error)
{
	void *window;

	/* 1. */
	window = open_window(fn, error);
	if (!window)
		return -ENOMEM;
	fn->turn.held = true;
	/* 3. */
	RCU_INIT_POINTER(fn->single, NULL);
	rewrite_quietly(fn, window, strategy);
	lph_arch_close(window);
	return 0;
}

/**
 * lph_op_release() - undo lph_op_hold()
 * @fn: a function that is held
 * @strategy: how traps go on meanwhile
 *
 * Without memory, calls go on to read the array: slower, and as right.
 *
 * Context: transition queue, without lph_lock.
 */
void lph_op_release(struct lph_function *fn, enum lph_strategy strategy)
{
	void *window;

	fn->turn.held = false;
	window = lph_arch_open(fn->slot);
	if (!window)
		return;
	rewrite_quietly(fn, window, strategy);
	lph_arch_close(window);
	set_single(fn);
}

/**
 * lph_op_lead_exit() - let X of a function lead where its calls go
 * @fn: the function
 *
 * Context: transition queue, without lph_lock. No call can be behind E: E has
 * led to trace for a grace period of RCU tasks, or @fn was never attached.
 */
void lph_op_lead_exit(struct lph_function *fn)
{
	unsigned long body = fn->turn.held ? fn->turn.to : fn->choice.body[LPH_NEW];
	void *window = lph_arch_open(fn->slot);

	if (!window)
		return;
	lph_arch_exit_to(fn->slot, window, body);
	mutex_lock(&lph_lock);
	fn->exit_body = body;
	mutex_unlock(&lph_lock);
	rewrite_quietly(fn, window, LPH_STRATEGY_SLOTS);
	lph_arch_close(window);
}

/**
 * lph_op_prepare() - make an array of the ops of @fn and another body
 * @fn: a function that is held
 * @choice: the body
 *
 * Context: transition queue, lph_lock.
 * Return: 0 or -ENOMEM.
 */
int lph_op_prepare(struct lph_function *fn, const struct lph_choice *choice)
{
	lockdep_assert_held(&lph_lock);
	lph_op_drop_prepared(fn);
	fn->prepared = make_array(fn, choice, NULL, NULL);
	return fn->prepared ? 0 : -ENOMEM;
}

/**
 * lph_op_switch() - publish what lph_op_prepare() made
 * @fn: a function that is held
 *
 * Context: transition queue, or a CPU that has stopped all others for it.
 * lph_op_drop_prepared() is to follow.
 */
void lph_op_switch(struct lph_function *fn)
{
	struct lph_op_array *old = rcu_dereference_protected(fn->array, true);

	fn->choice = fn->prepared->choice;
	/* 2. Pairs with the dependent loads of calls, run_array(). */
	rcu_assign_pointer(fn->array, fn->prepared);
	fn->prepared = old;
}

/**
 * lph_op_drop_prepared() - free in time what lph_op_switch() took down
 * @fn: the function
 *
 * Context: transition queue, lph_lock.
 */
void lph_op_drop_prepared(struct lph_function *fn)
{
	drop_array(fn->prepared);
	fn->prepared = NULL;
}
