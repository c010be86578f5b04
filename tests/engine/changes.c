// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the torture does to the targets: their ops and bodies change, at random, and while
 * callers are held up where they seldom are, see change_counted() and those behind it.
 */
#include <sched.h>
#include <string.h>

#include <linux/ktime.h>
#include <linux/minmax.h>

#include "callers.h"
#include "changes.h"
#include "engine.h"
#include "kernel/kernel.h"

/* How long everything stays as mood() has set it. */
#define MOOD_NS 150000000

/* How long a change stays while the callers are parked. */
#define PARKED_NS 1000000

/* From a trap to where the last stub is left, or so. */
#define STEPS 128

/* What the writer knows of a target. */
static struct lph_op *ops[LPH_TARGETS][OPS];

struct changed changed;
static unsigned int slots = LPH_SLOTS;
static bool stepping;
static bool rewrites_all;
static enum smp_sync sync_by;
/* No trap of an earlier change can be under way: membarrier does not wait for them. */
static bool only_ours;
static unsigned long long seed;

static unsigned int pick(unsigned int n)
{
	return random_next(&seed) / 8 % n;
}

/* Pairs with read_duty(): what is read of the target meanwhile is not to be trusted. */
static void target_begin(struct target *target, unsigned int bodies)
{
	WRITE_ONCE(target->between, 1 << target->body | 1 << target->old | bodies);
	__atomic_store_n(&target->version, target->version + 1, __ATOMIC_SEQ_CST);
}

static void target_end(struct target *target)
{
	smp_store_release(&target->version, target->version + 1);
}

static void account(const struct engine_change *change, enum lph_strategy strategy)
{
	unsigned int context;

	for (context = 0; context < LPH_CONTEXTS; context++)
		changed.taken[strategy][context] += change->traps.taken[context];
	/* Four contexts nest, there are four slots: none may be missing. */
	if (strategy == LPH_STRATEGY_SLOTS && slots == LPH_SLOTS && only_ours)
		changed.overflows_for_nothing += change->traps.overflows;
	only_ours = sync_by == SMP_SYNC_INTERRUPT;
	changed.deepest = max(changed.deepest, change->traps.max_depth);
	changed.changes++;
}

/* All arguments of the target, so that its calls can be measured. */
static bool in_registers(unsigned int t)
{
	return t != 6 && t != 7 && t != 9;
}

static enum lph_op_kind pick_kind(unsigned int t)
{
	return in_registers(t) && !pick(4) ? LPH_KIND_LATENCY : LPH_KIND_COUNT;
}

static void add(unsigned int t, enum lph_op_kind kind, s32 priority)
{
	struct target *target = &targets[t];
	enum lph_strategy strategy = pick(LPH_STRATEGY_MAX + 1);
	struct engine_change change;
	struct lph_op *op = engine_add(target->fn, kind, priority, strategy, &change);

	account(&change, strategy);
	ops[t][target->n] = op;
	target->counters[target->n] = engine_counters(op);
	target->n++;
}

static void remove_at(unsigned int t, unsigned int i)
{
	struct target *target = &targets[t];
	enum lph_strategy strategy = pick(LPH_STRATEGY_MAX + 1);
	struct engine_change change;

	engine_remove(ops[t][i], strategy, &change);
	account(&change, strategy);
	target->n--;
	ops[t][i] = ops[t][target->n];
	target->counters[i] = target->counters[target->n];
}

/* Before the permanent op or behind it; what stays runs exactly once. */
static void change_ops(unsigned int t)
{
	struct target *target = &targets[t];
	unsigned int first = target->permanent, what = pick(3);
	bool some = target->n > first;
	bool room = target->n < OPS;

	target_begin(target, 0);
	if (room && what != 0)
		add(t, pick_kind(t), (s32)pick(3) - 1);
	if (some && what != 1)
		remove_at(t, first + pick(target->n - first));
	target_end(target);
}

static void redirect(unsigned int t, unsigned int body, u32 epoch)
{
	enum lph_strategy strategy = pick(LPH_STRATEGY_MAX + 1);
	struct target *target = &targets[t];
	struct engine_change change;

	target_begin(target, 1 << body);
	engine_redirect(target->fn, (unsigned long)body_functions[t][body], epoch, strategy,
			&change);
	account(&change, strategy);
	WRITE_ONCE(target->old, epoch ? target->body : body);
	WRITE_ONCE(target->body, body);
	WRITE_ONCE(target->epoch, epoch);
	target_end(target);
	changed.redirects++;
}

/* Waits for what a change has left for later. */
static void settle(unsigned int t)
{
	if (engine_straight(targets[t].fn))
		return;
	while (!engine_straight(targets[t].fn) && !callers_complained()) {
		engine_poll();
		sched_yield();
	}
	changed.straight++;
}

/* Of which the tasks change to another body one by one, or none. */
static unsigned int switching = LPH_TARGETS;

/* At once, or each task for itself, which takes its time. */
static void change_body(unsigned int t)
{
	static u32 epoch;

	if (switching < LPH_TARGETS && !callers_marked()) {
		redirect(switching, targets[switching].body, 0);
		switching = LPH_TARGETS;
	}
	if (t == switching)
		return;
	if (switching < LPH_TARGETS || pick(2)) {
		redirect(t, pick(BODIES), 0);
		/* Mostly the next change comes into it. */
		if (!pick(8))
			settle(t);
		return;
	}
	switching = t;
	callers_mark(++epoch);
	redirect(t, (targets[t].body + 1 + pick(BODIES - 1)) % BODIES, epoch);
}

/* What is left for later has to wait while callers are parked; so give it the time not to. */
static void poll_for(ktime_t ns)
{
	ktime_t end;

	for (end = ktime_get() + ns; ktime_get() < end; sched_yield())
		engine_poll();
}

/* With every caller's task held up: does all that does not have to wait for one of them. */
static void poll_until_still(bool tasks)
{
	bool still;

	do {
		sched_yield();
		still = engine_still(tasks);
		/* What that queues is to be done, too. */
		engine_poll();
	} while ((!still || !engine_still(tasks)) && !callers_complained());
}

/* Leaves a target one op, which counts unless it is another's that stays. */
static void change_to_one(unsigned int t)
{
	struct target *target = &targets[t];

	target_begin(target, 0);
	while (target->n > target->permanent)
		remove_at(t, target->n - 1);
	if (!target->n)
		add(t, LPH_KIND_COUNT, 0);
	target_end(target);
}

/* With one op, which counts, and X leading elsewhere than to the original. */
static unsigned int count_only(unsigned int t, bool back)
{
	unsigned int body = 1 + pick(BODIES - 1);

	callers_prefer(t);
	change_to_one(t);
	redirect(t, body, 0);
	settle(t);
	if (back)
		redirect(t, 0, 0);
	return body;
}

/*
 * With every caller's task held up where the one op counts, mostly before it has the
 * counter: calls come to go on in another body, and X leads there already.
 */
static void change_counted(unsigned int t)
{
	bool back = pick(2);
	unsigned int body = count_only(t, back);

	callers_park(t, pick(4) ? engine_count_at(targets[t].fn, !pick(4)) : 0);
	redirect(t, back ? body : 0, 0);
	poll_until_still(true);
	callers_release();
}

/* The same where it has the counter, and the op goes. */
static void change_freed(unsigned int t)
{
	struct target *target = &targets[t];

	count_only(t, pick(2));
	callers_park(t, engine_count_at(target->fn, true));
	/* Whoever was held up the last time has counted. */
	percpu_check();
	target_begin(target, 0);
	remove_at(t, 0);
	target_end(target);
	poll_until_still(true);
	callers_release();
}

/*
 * With every caller's task held up on its way over X, when a grace period is
 * over that began before, and another one begins.
 */
static void change_straight(unsigned int t)
{
	unsigned int body = 1 + pick(BODIES - 1);

	redirect(t, body, 0);
	settle(t);
	redirect(t, 0, 0);
	redirect(t, body, 0);
	do {
		sched_yield();
		engine_quiescent();
	} while (!engine_idle() && !callers_complained());
	callers_park(t, pick(4) ? engine_exit_at(targets[t].fn) : 0);
	redirect(t, 0, 0);
	/* The other one has begun when it is looked at what the first one left to do. */
	do {
		sched_yield();
		engine_quiescent();
	} while (!engine_still(true) && !callers_complained());
	poll_until_still(true);
	callers_release();
}

/*
 * With every caller's task held up in an op, which goes, and the array with it that
 * the call has still to go through.
 */
static void change_in_op(unsigned int t)
{
	struct target *target = &targets[t];

	target_begin(target, 0);
	if (target->n == OPS)
		remove_at(t, OPS - 1);
	add(t, LPH_KIND_LATENCY, (s32)pick(3) - 1);
	target_end(target);
	callers_park_in_op(t);
	target_begin(target, 0);
	remove_at(t, target->n - 1);
	target_end(target);
	poll_until_still(false);
	callers_release();
}

/* The target whose calls are to trap, and how often it was called before. */
static unsigned int trapped;

/* More than can be under way when each of them begins to trap. */
#define CALLS_MAX 10000

static bool has_to_trap(bool begins)
{
	static u64 before;

	if (begins)
		before = callers_ran(trapped);
	return callers_ran(trapped) - before > CALLS_MAX;
}

/* Not without a call that traps. */
static void change_trapped(unsigned int t)
{
	engine_param("rewrite_all", "1");
	trapped = t;
	engine_wait_for_traps(has_to_trap);
	change_ops(t);
	engine_wait_for_traps(NULL);
	engine_param("rewrite_all", rewrites_all ? "1" : "0");
}

/* With every caller's task held up in its trampoline, for several changes. */
static void change_parked(unsigned int t)
{
	unsigned int n = 1 + pick(3);

	callers_park(t, 0);
	for (; n; n--) {
		if (targets[t].bare || pick(2))
			redirect(t, pick(BODIES), 0);
		else
			change_ops(t);
		poll_for(PARKED_NS);
	}
	callers_release();
}

static void change_held_up(unsigned int t)
{
	/* The lower half of the targets has one whose last op may go, and so the other. */
	unsigned int goes = t < LPH_TARGETS / 2 ? 3 : 7;

	if (!pick(3))
		change_parked(t);
	else if (targets[t].bare)
		change_straight(t);
	else if (in_registers(t) && !pick(4))
		change_in_op(t);
	else if (goes != switching && pick(2))
		change_freed(goes);
	else
		change_counted(t);
}

static bool has_ops(unsigned int t)
{
	return !targets[t].bare;
}

static bool is_bare(unsigned int t)
{
	return targets[t].bare;
}

static bool can_be_measured(unsigned int t)
{
	return has_ops(t) && in_registers(t);
}

static bool can_be_without(unsigned int t)
{
	return has_ops(t) && !targets[t].permanent;
}

/* Each call is judged, whatever changes meanwhile. */
static bool is_permanent(unsigned int t)
{
	return targets[t].permanent;
}

struct kind_of_change {
	const char *word;
	void (*change)(unsigned int t);
	bool (*fits)(unsigned int t);
};

static const struct kind_of_change kinds[] = {
	{ "counted", change_counted, has_ops },
	{ "freed", change_freed, can_be_without },
	{ "straight", change_straight, is_bare },
	{ "in-op", change_in_op, can_be_measured },
	{ "trapped", change_trapped, is_permanent },
};

/* The only changes that are wanted, or NULL. */
static const struct kind_of_change *only;

static void change_only(void)
{
	unsigned int t;

	do {
		t = pick(LPH_TARGETS);
	} while (!only->fits(t));
	callers_prefer(t);
	only->change(t);
}

static void change_something(void)
{
	static unsigned int t;

	if (only) {
		change_only();
		return;
	}

	/* Some changes in a row: what comes from one may meet the next. */
	if (!pick(8))
		t = pick(LPH_TARGETS);
	callers_prefer(t);
	if (stepping && t != switching && !pick(2))
		change_held_up(t);
	else if (targets[t].permanent && !pick(4))
		change_trapped(t);
	else if (!targets[t].bare && pick(3))
		change_ops(t);
	else
		change_body(t);
	engine_poll();
	changed.entries[engine_entry(targets[t].fn)]++;
}

/* Everything that makes a change another one. */
static void mood(void)
{
	static const char *const numbers[] = { "0", "1", "2", "3", "4" };

	stepping = only || !pick(3);
	interrupt_step(stepping ? STEPS : 0);
	sync_by = pick(2) ? SMP_SYNC_INTERRUPT : SMP_SYNC_MEMBARRIER;
	only_ours = false;
	smp_sync_by(sync_by);
	rewrites_all = pick(2);
	engine_param("rewrite_all", numbers[rewrites_all]);
	engine_param("linger_us", pick(3) ? "0" : "20");
	slots = pick(4) ? LPH_SLOTS : 1 + pick(LPH_SLOTS);
	engine_param("slots", numbers[slots]);
}

void change_for(unsigned int seconds)
{
	ktime_t now = ktime_get(), end = now + seconds * 1000000000LL, next = now;

	for (; now < end && !callers_complained() && !changed.overflows_for_nothing; now = ktime_get()) {
		if (now >= next) {
			mood();
			next = now + MOOD_NS;
		}
		change_something();
	}
}

/*
 * Every other one has an op that stays; the others become nops now and then, and
 * some of them never have an op.
 */
static void attach_all(void)
{
	static void *const functions[LPH_TARGETS] = {
		lph_target_0,
		lph_target_1,
		lph_target_2,
		lph_target_3,
		lph_target_4,
		lph_target_5,
		lph_target_6,
		lph_target_7,
		lph_target_8,
		lph_target_9,
	};
	unsigned int t, body;

	for (t = 0; t < LPH_TARGETS; t++) {
		/* From the first trampoline to the last, on several pages. */
		targets[t].fn = engine_attach(functions[t], t * (511 / (LPH_TARGETS - 1)));
		for (body = 0; body < BODIES; body++)
			if (engine_body(targets[t].fn, (unsigned long)body_functions[t][body]) != body)
				die("the bodies of a function are not counted in order");
		targets[t].permanent = !(t & 1);
		targets[t].bare = t % 4 == 1;
		if (targets[t].permanent)
			add(t, pick_kind(t), 0);
	}
}

bool change_only_that(const char *word)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i].word) == 0)
			only = &kinds[i];
	return only;
}

void change_begin(void)
{
	seed = random_seed(0) ^ (unsigned long long)ktime_get();
	attach_all();
}

const struct lph_op *change_permanent(unsigned int t)
{
	return ops[t][0];
}
