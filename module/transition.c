// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions: every change, from its request until it settled, and the queue
 * on which all that touches text runs, one after the other.
 *
 * A transition of an op:
 *
 *  1. It is queued with the request, which has checked all that can be checked
 *     without waiting; the op exists and has its place in the run order.
 *  2. Its turn comes. Where the function's fentry does not call its trampoline
 *     yet, ftrace makes it.
 *  3. The new op set is published and the sites are rewritten (op.c).
 *  4. It settles: the states of op and function change, subscribers are told,
 *     the op that left is freed after a grace period.
 */
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "function.h"
#include "netlink.h"
#include "op.h"
#include "transition.h"

LIST_HEAD(lph_transitions);

/* Ordered: whoever runs on it is the only one that attaches, detaches, rewrites. */
static struct workqueue_struct *queue;

/* lph_lock */
static u64 last_id;
static unsigned int settled_count;
static struct lph_transition *running;
static u32 deepest;

static void detach_idle(struct work_struct *work)
{
	if (lph_function_detach_idle())
		queue_delayed_work(queue, to_delayed_work(work), HZ);
}

static DECLARE_DELAYED_WORK(detach_idle_work, detach_idle);

static void destroy(struct lph_transition *transition)
{
	list_del(&transition->node);
	lph_symbol_free(&transition->symbol);
	kfree(transition);
}

/**
 * lph_transition_phase() - note that a phase was reached
 * @transition: the running struct lph_transition; void, to be a lph_phase_fn
 * @phase: once each
 *
 * Context: transition queue, without lph_lock.
 */
void lph_transition_phase(void *transition, enum lph_phase phase)
{
	struct lph_transition *t = transition;

	mutex_lock(&lph_lock);
	t->phases[t->phase_count].phase = phase;
	t->phases[t->phase_count].at = ktime_sub(ktime_get(), t->queued);
	t->phase_count++;
	mutex_unlock(&lph_lock);
}

/* 2 and 3. Return: 0 or -errno with @transition's error filled. */
static int change(struct lph_transition *transition, struct lph_op *op)
{
	bool add = transition->kind == LPH_TRANSITION_ADD;
	int r;

	if (!op)
		return lph_error(&transition->error, -ENOENT, "the op is gone: it could not be added, or its function left");
	if (add) {
		r = lph_function_attach(op->fn, &transition->error);
		if (r)
			return r;
		lph_transition_phase(transition, LPH_PHASE_ATTACH);
	}
	return lph_op_apply(op, add ? LPH_OP_ENTERS : LPH_OP_LEAVES, transition,
			    &transition->error);
}

/* 4. */
static void settle_op(struct lph_transition *transition, struct lph_op *op)
{
	bool stays = (transition->kind == LPH_TRANSITION_ADD) == !transition->errno;
	struct lph_function *fn;

	lockdep_assert_held(&lph_lock);
	if (!op)
		return;
	fn = op->fn;
	if (stays) {
		/* A removal that is queued behind its own addition stays marked. */
		if (transition->kind == LPH_TRANSITION_REMOVE || op->state == LPH_OP_QUEUED)
			op->state = LPH_OP_ATTACHED;
	} else {
		lph_op_leave(op);
	}
	if (lph_function_settle(fn))
		queue_delayed_work(queue, &detach_idle_work, LPH_IDLE_TIME);
}

static void settle_traps(struct lph_transition *transition, const struct lph_traps *before)
{
	struct lph_traps *traps = &transition->traps;
	int i;

	lockdep_assert_held(&lph_lock);
	lph_traps_read(traps);
	for (i = 0; i < LPH_CONTEXTS; i++)
		traps->taken[i] -= before->taken[i];
	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		traps->by_strategy[i] -= before->by_strategy[i];
	traps->stale -= before->stale;
	traps->overflows -= before->overflows;
	traps->lapses -= before->lapses;
	deepest = max(deepest, traps->max_depth);
}

static void run(struct work_struct *work)
{
	struct lph_transition *transition = container_of(work, struct lph_transition, work);
	struct lph_traps before;
	struct lph_op *op;
	int r;

	mutex_lock(&lph_lock);
	op = lph_op_by_id(transition->op);
	transition->state = LPH_TRANSITION_RUNNING;
	running = transition;
	lph_netlink_transition(transition);
	mutex_unlock(&lph_lock);

	lph_traps_reset_max_depth();
	lph_traps_read(&before);
	lph_transition_phase(transition, LPH_PHASE_START);
	r = change(transition, op);
	lph_transition_phase(transition, LPH_PHASE_SETTLED);

	mutex_lock(&lph_lock);
	running = NULL;
	transition->errno = r;
	transition->state = r ? LPH_TRANSITION_FAILED : LPH_TRANSITION_DONE;
	settle_traps(transition, &before);
	/* Before the op that leaves lets go of the module, and it of the family. */
	lph_netlink_transition(transition);
	settle_op(transition, op);
	if (++settled_count > LPH_TRANSITION_HISTORY) {
		destroy(list_first_entry(&lph_transitions, struct lph_transition, node));
		settled_count--;
	}
	mutex_unlock(&lph_lock);
}

/**
 * lph_transition_new() - a transition, to be queued
 * @kind: what it does
 * @op: to this op
 * @strategy: how traps go on meanwhile
 *
 * Context: lph_lock.
 * Return: the transition, or NULL without memory.
 */
struct lph_transition *lph_transition_new(enum lph_transition_kind kind,
					  const struct lph_op *op,
					  enum lph_strategy strategy)
{
	struct lph_transition *transition;

	lockdep_assert_held(&lph_lock);
	transition = kzalloc(sizeof(*transition), GFP_KERNEL);
	if (!transition)
		return NULL;
	if (lph_symbol_copy(&transition->symbol, &op->fn->symbol)) {
		kfree(transition);
		return NULL;
	}
	INIT_WORK(&transition->work, run);
	transition->kind = kind;
	transition->op = op->id;
	transition->strategy = strategy;
	return transition;
}

/**
 * lph_transition_queue() - let a transition run when its turn comes
 * @transition: new, given away
 *
 * Context: lph_lock.
 */
void lph_transition_queue(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	transition->id = ++last_id;
	transition->queued_at = ktime_get_real();
	transition->queued = ktime_get();
	list_add_tail(&transition->node, &lph_transitions);
	lph_netlink_transition(transition);
	queue_work(queue, &transition->work);
}

/**
 * lph_transition_running() - id of the running transition, or 0
 *
 * Context: lph_lock.
 */
u64 lph_transition_running(void)
{
	lockdep_assert_held(&lph_lock);
	return running ? running->id : 0;
}

/**
 * lph_transition_max_depth() - the most slots that any transition saw in use
 *
 * Context: lph_lock.
 */
u32 lph_transition_max_depth(void)
{
	lockdep_assert_held(&lph_lock);
	return deepest;
}

/* Functions of a module that leaves are dropped on the queue, like any change. */
struct module_left {
	struct work_struct work;
	const char *name;
};

static void module_left(struct work_struct *work)
{
	lph_function_module_left(container_of(work, struct module_left, work)->name);
}

static int lph_module_going(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;
	struct module_left left = { .name = mod->name };
	struct lph_function *fn;

	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;

	/*
	 * A request that found the module alive has queued its transition by
	 * now, before module_left: both hold lph_lock, see lph_symbol_find().
	 */
	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		lph_body_leave(fn, mod);
	mutex_unlock(&lph_lock);

	INIT_WORK_ONSTACK(&left.work, module_left);
	queue_work(queue, &left.work);
	flush_work(&left.work);
	destroy_work_on_stack(&left.work);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = lph_module_going,
};

int lph_transition_init(void)
{
	int r;

	queue = alloc_ordered_workqueue("livepatch_helper", 0);
	if (!queue)
		return -ENOMEM;
	r = register_module_notifier(&module_notifier);
	if (r) {
		destroy_workqueue(queue);
		return r;
	}
	return 0;
}

/**
 * lph_transition_exit() - end the queue and forget the history
 *
 * Context: module unload: no request comes any more, and no op is left, so
 * that nothing but idle functions can be on the queue.
 */
void lph_transition_exit(void)
{
	unregister_module_notifier(&module_notifier);
	cancel_delayed_work_sync(&detach_idle_work);
	destroy_workqueue(queue);
	while (!list_empty(&lph_transitions))
		destroy(list_first_entry(&lph_transitions, struct lph_transition, node));
}
