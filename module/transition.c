// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions: every change, from its request until it settled, and the queue
 * on which all that touches text runs, one after the other.
 *
 * Those of patches are in patch-transition.c. One of an op:
 *
 *  1. It is queued with the request, which has checked all that can be checked
 *     without waiting; the op exists and has its place in the run order.
 *  2. Its turn comes. Where the function's fentry does not call its backend
 *     yet, ftrace makes it.
 *  3. The new op set is published and the sites are rewritten (op-array.c).
 *  4. It settles: the states of op and function change, subscribers are told,
 *     the op that left is freed after a grace period.
 *
 * One of several ops takes each step for all of them before it takes the next.
 * If it fails, what it has done is undone: all are as they were.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "body.h"
#include "consistency/consistency.h"
#include "consistency/tasks.h"
#include "exit.h"
#include "function.h"
#include "kinds/kind.h"
#include "kinds/latency.h"
#include "locking.h"
#include "news.h"
#include "op-array.h"
#include "op-table.h"
#include "op.h"
#include "patch-transition.h"
#include "patch.h"
#include "symbol.h"
#include "thread.h"
#include "transition.h"

LIST_HEAD(lph_transitions);
/* Those that have settled, in the order in which they did; lph_lock. */
static LIST_HEAD(history);

/* lph_lock */
static u64 last_id;
static unsigned int settled_count;
static struct lph_transition *running;
static struct lph_transition *running_patches;
static u32 deepest;

static void detach_idle(struct work_struct *work)
{
	if (lph_function_detach_idle())
		queue_delayed_work(lph_queue, to_delayed_work(work), HZ);
}

static DECLARE_DELAYED_WORK(detach_idle_work, detach_idle);

/**
 * lph_transition_free() - free a transition that was not queued
 * @transition: new
 */
void lph_transition_free(struct lph_transition *transition)
{
	lph_symbol_free(&transition->symbol);
	kvfree(transition->order);
	kvfree(transition->ops);
	if (transition->variant)
		lph_op_drop_variant(transition->variant);
	kfree(transition);
}

static void destroy(struct lph_transition *transition)
{
	list_del(&transition->node);
	lph_transition_free(transition);
}

static bool settled(const struct lph_transition *transition)
{
	return transition->state != LPH_TRANSITION_QUEUED &&
	       transition->state != LPH_TRANSITION_RUNNING;
}

/*
 * @transition has settled. Never the one that goes, since it is the last: its work is
 * still running. The others' are over, and no cancel queues one again.
 */
static void enter_history(struct lph_transition *transition)
{
	struct lph_transition *oldest;

	lockdep_assert_held(&lph_lock);
	/* A cancel may have come while it settled by itself. */
	cancel_delayed_work(&transition->work);
	list_add_tail(&transition->in_history, &history);
	if (++settled_count <= LPH_TRANSITION_HISTORY)
		return;
	settled_count--;
	oldest = list_first_entry(&history, struct lph_transition, in_history);
	list_del(&oldest->in_history);
	destroy(oldest);
}

/**
 * lph_transition_phase() - note that a phase was reached
 * @transition: the running struct lph_transition; void, to be a lph_phase_fn
 * @phase: the first time counts
 *
 * Context: transition queue, without lph_lock.
 */
void lph_transition_phase(void *transition, enum lph_phase phase)
{
	struct lph_transition *t = transition;
	unsigned int i;

	mutex_lock(&lph_lock);
	for (i = 0; i < t->phase_count; i++)
		if (t->phases[i].phase == phase)
			goto out;
	t->phases[t->phase_count].phase = phase;
	t->phases[t->phase_count].at = ktime_sub(ktime_get(), t->queued);
	t->phase_count++;
out:
	mutex_unlock(&lph_lock);
}

/* The @i-th op, or NULL: it could not be added, or its function left. */
static struct lph_op *nth_op(const struct lph_transition *transition, unsigned int i)
{
	lockdep_assert_held(&lph_lock);
	return lph_op_by_id(transition->ops ? transition->ops[i] : transition->op);
}

/* Likewise, for the queue: what it finds stays, since only the queue frees it. */
static struct lph_op *get_op(const struct lph_transition *transition, unsigned int i)
{
	struct lph_op *op;

	mutex_lock(&lph_lock);
	op = nth_op(transition, i);
	mutex_unlock(&lph_lock);
	return op;
}

/* 2. */
static int attach(struct lph_transition *transition)
{
	bool bulk = transition->op_count > 1;
	LIST_HEAD(shared);
	unsigned int i;
	int r = 0;

	for (i = 0; i < transition->op_count && !r; i++) {
		struct lph_op *op = get_op(transition, i);

		if (op && op->latency)
			r = lph_function_attach_trampoline(op->fn, &transition->error);
		else if (op)
			r = lph_function_attach(op->fn, bulk, &shared, &transition->error);
	}
	return lph_function_attach_shared(&shared, r, &transition->error);
}

static struct lph_rewrite rewrite_of(struct lph_transition *transition)
{
	return (struct lph_rewrite){ transition->strategy, lph_transition_phase, transition };
}

/* Takes the first @n ops back. What has no memory for that stays as it is. */
static void undo(struct lph_transition *transition, unsigned int n, enum lph_op_change change)
{
	const struct lph_rewrite how = rewrite_of(transition);
	struct lph_error ignored;
	struct lph_op *op;

	while (n--) {
		op = get_op(transition, n);
		if (op)
			lph_op_apply(op, change, &how, &ignored);
	}
}

static int not_there(struct lph_transition *transition)
{
	return lph_error(&transition->error, -ENOENT,
			 "the op is gone: it could not be added, or its function left");
}

/* 3. */
static int apply(struct lph_transition *transition)
{
	const struct lph_rewrite how = rewrite_of(transition);
	bool add = transition->kind == LPH_TRANSITION_ADD;
	unsigned int i, found = 0;
	int r;

	for (i = 0; i < transition->op_count; i++) {
		struct lph_op *op = get_op(transition, i);

		if (!op)
			continue;
		found++;
		r = lph_op_apply(op, add ? LPH_OP_ENTERS : LPH_OP_LEAVES, &how,
				 &transition->error);
		if (r) {
			undo(transition, i, add ? LPH_OP_LEAVES : LPH_OP_ENTERS);
			return r;
		}
	}
	return found ? 0 : not_there(transition);
}

/* 3, of an op that becomes another. */
static int replace(struct lph_transition *transition)
{
	const struct lph_rewrite how = rewrite_of(transition);
	struct lph_op *op = get_op(transition, 0);
	int r;

	if (!op)
		return not_there(transition);
	if (transition->variant->latency) {
		r = lph_function_attach_trampoline(op->fn, &transition->error);
		if (r)
			return r;
	}
	r = lph_op_replace(op, transition->variant, &how, &transition->error);
	if (!r)
		transition->variant = NULL;
	return r;
}

/* 2 and 3. Return: 0 or -errno with @transition's error filled. */
static int change(struct lph_transition *transition)
{
	int r;

	if (transition->kind == LPH_TRANSITION_CHANGE)
		return replace(transition);
	if (transition->kind == LPH_TRANSITION_ADD) {
		r = attach(transition);
		if (r)
			return r;
		lph_transition_phase(transition, LPH_PHASE_ATTACH);
	}
	return apply(transition);
}

/* 4. It stays if calls run it now. */
static void settle_op(struct lph_transition *transition, struct lph_op *op)
{
	struct lph_function *fn = op->fn;

	lockdep_assert_held(&lph_lock);
	if (transition->kind == LPH_TRANSITION_CHANGE)
		op->changing = false;
	if (op->runs) {
		/* A removal that is queued behind its own addition stays marked. */
		if (transition->kind == LPH_TRANSITION_REMOVE || op->state == LPH_OP_QUEUED)
			op->state = LPH_OP_ATTACHED;
	} else {
		lph_op_leave(op);
	}
	lph_function_settle(fn);
}

static void settle_ops(struct lph_transition *transition)
{
	unsigned int i;

	lockdep_assert_held(&lph_lock);
	for (i = 0; i < transition->op_count; i++) {
		struct lph_op *op = nth_op(transition, i);

		if (op)
			settle_op(transition, op);
	}
	/* The history does without. */
	kvfree(transition->ops);
	transition->ops = NULL;
	if (transition->variant)
		lph_op_drop_variant(transition->variant);
	transition->variant = NULL;
}

static void settle_traps(struct lph_transition *transition)
{
	const struct lph_traps *before = &transition->before;
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

static void begin(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	transition->state = LPH_TRANSITION_RUNNING;
	lph_traps_reset_max_depth();
	lph_traps_read(&transition->before);
	lph_news()->transition(transition);
}

static void note_stops(struct lph_transition *transition)
{
	lockdep_assert_held(&lph_lock);
	transition->longest_stop = max(transition->longest_stop, lph_tasks_take_longest_stop());
}

static void settle(struct lph_transition *transition, int r)
{
	lockdep_assert_held(&lph_lock);
	transition->errno = r;
	if (r)
		transition->state = LPH_TRANSITION_FAILED;
	else if (transition->sw.reversed)
		transition->state = LPH_TRANSITION_REVERSED;
	else
		transition->state = LPH_TRANSITION_DONE;
	settle_traps(transition);
	note_stops(transition);
	lph_news()->transition(transition);
	enter_history(transition);
}

/* What any transition may leave to be done in the background. */
static void tidy(void)
{
	lph_exit_lead();
	queue_delayed_work(lph_queue, &detach_idle_work, LPH_IDLE_TIME);
}

static void run_op(struct lph_transition *transition)
{
	int r;

	mutex_lock(&lph_lock);
	running = transition;
	begin(transition);
	mutex_unlock(&lph_lock);

	lph_transition_phase(transition, LPH_PHASE_START);
	r = change(transition);
	lph_transition_phase(transition, LPH_PHASE_SETTLED);

	mutex_lock(&lph_lock);
	running = NULL;
	/* Before the op that leaves lets go of the module, and it of the family. */
	settle(transition, r);
	settle_ops(transition);
	mutex_unlock(&lph_lock);
}

/* The oldest that waits for its turn: it ran into running_patches before. */
static void next_patches(void)
{
	struct lph_transition *next;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(next, &lph_transitions, node) {
		if (next->state != LPH_TRANSITION_QUEUED || !lph_transition_is_patch(next))
			continue;
		queue_delayed_work(lph_queue, &next->work, 0);
		return;
	}
}

static void end_patches(struct lph_transition *transition, int r)
{
	/* Whether by the cancel that was accepted or by itself: all is as it was. */
	if (r && !lph_switch_cancel(&transition->sw)) {
		transition->sw.reversed = true;
		r = 0;
	}
	lph_patch_end(transition, r);
	lph_transition_phase(transition, LPH_PHASE_SETTLED);
	mutex_lock(&lph_lock);
	if (running_patches == transition)
		running_patches = NULL;
	settle(transition, r);
	next_patches();
	mutex_unlock(&lph_lock);
}

/* Return: is it @transition's turn? Else it was cancelled, or waits. */
static bool begin_patches(struct lph_transition *transition)
{
	bool cancelled, turn;

	mutex_lock(&lph_lock);
	cancelled = atomic_read(&transition->sw.fate) == LPH_FATE_CANCELLED;
	transition->sw.reversed = cancelled;
	turn = !running_patches && !cancelled;
	if (turn) {
		running_patches = transition;
		begin(transition);
	}
	mutex_unlock(&lph_lock);
	if (cancelled)
		end_patches(transition, 0);
	return turn;
}

static void look_again(struct lph_transition *transition, unsigned int remaining)
{
	mutex_lock(&lph_lock);
	note_stops(transition);
	if (transition->sw.remaining != remaining)
		lph_news()->transition(transition);
	queue_delayed_work(lph_queue, &transition->work, lph_switch_delay(&transition->sw));
	mutex_unlock(&lph_lock);
}

static void run_patches(struct lph_transition *transition)
{
	unsigned int remaining = transition->sw.remaining;
	int r = 0;

	if (transition->state == LPH_TRANSITION_QUEUED) {
		if (!begin_patches(transition))
			return;
		lph_transition_phase(transition, LPH_PHASE_START);
		r = lph_patch_begin(transition);
	}
	if (!r)
		r = lph_patch_look(transition);
	if (r == -EINPROGRESS)
		look_again(transition, remaining);
	else
		end_patches(transition, r);
}

static void run(struct work_struct *work)
{
	struct lph_transition *transition =
		container_of(to_delayed_work(work), struct lph_transition, work);

	if (lph_transition_is_patch(transition))
		run_patches(transition);
	else
		run_op(transition);
	tidy();
	/* This text is waited for: the queue is destroyed before the module goes. */
	if (settled(transition))
		module_put(THIS_MODULE);
}

bool lph_transition_is_patch(const struct lph_transition *transition)
{
	switch (transition->kind) {
	case LPH_TRANSITION_ADD:
	case LPH_TRANSITION_REMOVE:
	case LPH_TRANSITION_CHANGE:
		return false;
	default:
		return true;
	}
}

/**
 * lph_transition_new() - a transition of patches, to be filled and queued
 * @kind: what it does
 * @strategy: how traps go on meanwhile
 *
 * Return: the transition, for lph_transition_queue() or _free(), or NULL without
 * memory.
 */
struct lph_transition *lph_transition_new(enum lph_transition_kind kind,
					  enum lph_strategy strategy)
{
	struct lph_transition *transition = kzalloc(sizeof(*transition), GFP_KERNEL);

	if (!transition)
		return NULL;
	INIT_DELAYED_WORK(&transition->work, run);
	INIT_LIST_HEAD(&transition->sw.functions);
	transition->kind = kind;
	transition->strategy = strategy;
	return transition;
}

/**
 * lph_transition_of_op() - a transition of an op, to be queued
 * @kind: what it does
 * @op: to this op
 * @strategy: how traps go on meanwhile
 *
 * Context: lph_lock.
 * Return: the transition, or NULL without memory.
 */
struct lph_transition *lph_transition_of_op(enum lph_transition_kind kind,
					    const struct lph_op *op,
					    enum lph_strategy strategy)
{
	struct lph_transition *transition = lph_transition_new(kind, strategy);

	lockdep_assert_held(&lph_lock);
	if (!transition)
		return NULL;
	if (lph_symbol_copy(&transition->symbol, &op->fn->symbol)) {
		lph_transition_free(transition);
		return NULL;
	}
	transition->op = op->id;
	transition->op_count = 1;
	return transition;
}

/**
 * lph_transition_of_ops() - a transition of several ops, to be queued
 * @kind: what it does
 * @ops: their ids, kvmalloc()ed; taken over on success
 * @n: how many
 * @strategy: how traps go on meanwhile
 *
 * Context: lph_lock.
 * Return: the transition, or NULL without memory.
 */
struct lph_transition *lph_transition_of_ops(enum lph_transition_kind kind, u32 *ops,
					     unsigned int n, enum lph_strategy strategy)
{
	struct lph_transition *transition;

	transition = lph_transition_of_op(kind, lph_op_by_id(ops[0]), strategy);
	if (!transition)
		return NULL;
	transition->op_count = n;
	transition->ops = ops;
	return transition;
}

struct lph_transition *lph_transition_by_id(u64 id)
{
	struct lph_transition *transition;

	lockdep_assert_held(&lph_lock);
	list_for_each_entry(transition, &lph_transitions, node)
		if (transition->id == id)
			return transition;
	return NULL;
}

/**
 * lph_transition_cancel() - let a transition of patches be reversed
 * @transition: queued or running
 * @error: filled on failure
 *
 * Context: lph_lock.
 * Where it is accepted, the transition will be LPH_TRANSITION_REVERSED.
 *
 * Return: 0, -EALREADY or -EOPNOTSUPP.
 */
int lph_transition_cancel(struct lph_transition *transition, struct lph_error *error)
{
	lockdep_assert_held(&lph_lock);
	if (settled(transition))
		return lph_error(error, -EALREADY, "this transition has settled already");
	if (!lph_transition_is_patch(transition))
		return lph_error(error, -EOPNOTSUPP,
				 "a transition of tracers waits for nobody: undo it by another one");
	if (!lph_switch_cancel(&transition->sw))
		return lph_error(error, -EALREADY, "%s",
				 atomic_read(&transition->sw.fate) == LPH_FATE_CANCELLED ?
					 "this transition is being reversed already" :
					 "too late to cancel this transition, all tasks have switched: undo it by another one");
	mod_delayed_work(lph_queue, &transition->work, 0);
	return 0;
}

/**
 * lph_transition_of_patches() - the transition of patches that is running, or NULL
 *
 * Context: lph_lock.
 */
struct lph_transition *lph_transition_of_patches(void)
{
	lockdep_assert_held(&lph_lock);
	return running_patches;
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
	__module_get(THIS_MODULE);
	lph_news()->transition(transition);
	queue_delayed_work(lph_queue, &transition->work, 0);
}

/**
 * lph_transition_running() - id of the running transition, or 0
 *
 * Context: lph_lock.
 */
u64 lph_transition_running(void)
{
	lockdep_assert_held(&lph_lock);
	if (running)
		return running->id;
	return running_patches ? running_patches->id : 0;
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

/* What is done to a module's functions is done on the queue, like any change. */
struct module_change {
	struct work_struct work;
	const char *name;
	int r;
};

static void module_coming(struct work_struct *work)
{
	struct module_change *change = container_of(work, struct module_change, work);
	struct lph_error error;

	change->r = lph_patch_module_coming(change->name, running_patches, &error);
	if (change->r)
		pr_warn("refusing to load module %s, which could not be patched: %s\n",
			change->name, error.text);
}

static void module_left(struct work_struct *work)
{
	lph_function_module_left(container_of(work, struct module_change, work)->name);
	if (running_patches)
		running_patches->sw.relist = true;
}

static int change_module(const struct module *mod, work_func_t how)
{
	struct module_change change = { .name = mod->name };

	INIT_WORK_ONSTACK(&change.work, how);
	queue_work(lph_queue, &change.work);
	flush_work(&change.work);
	destroy_work_on_stack(&change.work);
	return change.r;
}

/*
 * A request that found the module alive has queued its transition before us:
 * both hold lph_lock, see lph_symbol_find().
 */
static void leave_bodies(const struct module *mod)
{
	struct lph_function *fn;

	lph_latency_settle();
	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		lph_body_leave(fn, mod, lph_kind_merge_bodies);
	mutex_unlock(&lph_lock);
}

/* No request can make it so while the module comes: see lph_symbol_object(). */
static bool patches_name(const char *module)
{
	bool named;

	mutex_lock(&lph_lock);
	named = lph_patch_names_object(module);
	mutex_unlock(&lph_lock);
	return named;
}

static int module_changes(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;

	if (event == MODULE_STATE_COMING && patches_name(mod->name))
		return notifier_from_errno(change_module(mod, module_coming));
	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	leave_bodies(mod);
	change_module(mod, module_left);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
};

int lph_transition_init(void)
{
	int r = lph_queue_init();

	if (r)
		return r;
	r = register_module_notifier(&module_notifier);
	if (r)
		lph_queue_exit();
	return r;
}

/**
 * lph_transition_exit() - end the queue and forget the history
 *
 * Context: module unload: no request comes any more, and all transitions have
 * settled, since each pins the module until then. What they leave to be done in the
 * background is on its way: the last one may still be queueing that.
 */
void lph_transition_exit(void)
{
	unregister_module_notifier(&module_notifier);
	flush_workqueue(lph_queue);
	lph_exit_cancel();
	cancel_delayed_work_sync(&detach_idle_work);
	lph_queue_exit();
	while (!list_empty(&lph_transitions))
		destroy(list_first_entry(&lph_transitions, struct lph_transition, node));
}
