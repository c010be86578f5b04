// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers of the targets, in every context of every CPU. Each looks at the
 * ops' counters of its own CPU before and behind each call: an op has run once for
 * this call, and once for each call that interrupts made meanwhile.
 */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/delay.h>
#include <linux/smp.h>

#include "callers.h"
#include "kernel/kernel.h"

/* What is wrong is told so many times, and counted each time. */
#define COMPLAINTS 10

struct target targets[LPH_TARGETS];

static DEFINE_PER_CPU(struct counts, counts);
static unsigned int preferred;
static bool stopping;
/* The target in whose trampoline tasks are to be held up, or none; and how many are. */
static unsigned int parking = LPH_TARGETS, parked;
/* Where: before that instruction, IN_OP, or anywhere. */
static unsigned long parking_at;
#define IN_OP 1
static unsigned int callers;
static unsigned int mean_us;
static unsigned int complaints;

/* By context: no context interrupts itself. */
static __thread unsigned long long seeds[LPH_CONTEXTS];

/* What the counters of a target said, between two calls. */
struct look {
	u64 ran[BODIES];
	u64 hits[OPS][BODIES];
};

static u64 made(unsigned int t)
{
	u64 sum = 0;
	unsigned int body;

	for (body = 0; body < BODIES; body++)
		sum += this_cpu_read(counts.ran[t][body]);
	return sum;
}

static void look(struct look *look, unsigned int t, u64 *const *counters, unsigned int n)
{
	unsigned int i, body;
	u64 calls;

	/* Again, where an interrupt came in between that made a call. */
	do {
		calls = made(t);
		for (body = 0; body < BODIES; body++) {
			look->ran[body] = this_cpu_read(counts.ran[t][body]);
			for (i = 0; i < n; i++)
				look->hits[i][body] = engine_hits_here(counters[i], body);
		}
	} while (made(t) != calls);
}

bool callers_complained(void)
{
	return READ_ONCE(complaints);
}

static void complain(const char *what, unsigned int t, unsigned int op, u64 is, u64 should)
{
	char text[160];
	int n;

	if (__atomic_fetch_add(&complaints, 1, __ATOMIC_RELAXED) >= COMPLAINTS)
		return;
	n = snprintf(text, sizeof(text), "# %s: target %u, op %u, context 0x%x: 0x%llx, not 0x%llx\n",
		     what, t, op, preempt_count(), (unsigned long long)is,
		     (unsigned long long)should);
	if (write(STDERR_FILENO, text, n) < 0)
		return;
}

/* One op, of calls that ran @body and what interrupted them. */
static void judge(const struct look *before, const struct look *behind, unsigned int t,
		  unsigned int op, unsigned int body)
{
	u64 is = 0, should = 0;
	bool filed_wrong = false;
	unsigned int i;

	for (i = 0; i < BODIES; i++) {
		u64 hits = behind->hits[op][i] - before->hits[op][i];
		u64 ran = behind->ran[i] - before->ran[i] + (i == body);

		is += hits;
		should += ran;
		filed_wrong |= hits != ran;
	}
	if (is < should) {
		this_cpu_add(counts.lapses, should - is);
		complain("lapse", t, op, is, should);
	} else if (is > should) {
		this_cpu_add(counts.doubles, is - should);
		complain("double", t, op, is, should);
	} else if (filed_wrong) {
		this_cpu_inc(counts.mismatches);
		complain("wrong body", t, op, is, should);
	}
}

static u64 value_of(unsigned int t, const u64 *a, u64 *ret_expected)
{
	switch (t) {
	case 0:
		*ret_expected = lph_value_1(0, a[0]);
		return lph_target_0(a[0]);
	case 1:
		*ret_expected = lph_value_2(1, a[0], a[1]);
		return lph_target_1(a[0], a[1]);
	case 2:
		*ret_expected = lph_value_3(2, a[0], a[1], a[2]);
		return lph_target_2(a[0], a[1], a[2]);
	case 3:
		*ret_expected = lph_value_4(3, a[0], a[1], a[2], a[3]);
		return lph_target_3(a[0], a[1], a[2], a[3]);
	case 4:
		*ret_expected = lph_value_5(4, a[0], a[1], a[2], a[3], a[4]);
		return lph_target_4(a[0], a[1], a[2], a[3], a[4]);
	case 5:
		*ret_expected = lph_value_6(5, a[0], a[1], a[2], a[3], a[4], a[5]);
		return lph_target_5(a[0], a[1], a[2], a[3], a[4], a[5]);
	case 6:
		*ret_expected = lph_value_7(6, a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		return lph_target_6(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	case 7:
		*ret_expected = lph_value_8(7, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
		return lph_target_7(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
	case 8:
		*ret_expected = lph_value_3(8, a[0], a[1], a[2]);
		return lph_target_8(a[0], a[1], a[2]);
	default:
		*ret_expected = lph_value_7(9, a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		return lph_target_9(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	}
}

/* Pairs with start_parking(). */
static void park_soon(void)
{
	unsigned long at = READ_ONCE(parking_at);

	if (!at)
		interrupt_soon();
	else if (at != IN_OP)
		interrupt_at(at);
}

static unsigned int call_body(unsigned int t, unsigned long long *seed)
{
	u64 a[LPH_TARGET_ARGS], value, expected;
	unsigned int i;

	for (i = 0; i < LPH_TARGET_ARGS; i++)
		a[i] = random_next(seed);
	/* Only tasks always: interrupts would be there again before they have left. */
	if (smp_load_acquire(&parking) == t && !interrupt_level())
		park_soon();
	else if (random_next(seed) % 64 == 0)
		interrupt_soon();
	value = value_of(t, a, &expected);
	for (i = 0; i < BODIES; i++)
		if (value == (expected ^ body_bits[i]))
			return i;
	this_cpu_inc(counts.mismatches);
	complain("value", t, 0, value, expected);
	return 0;
}

/* What a call has to run, as far as it can know. */
struct duty {
	unsigned int version;
	bool stable;
	unsigned int n;
	u64 *counters[OPS];
	unsigned int bodies;
};

/* Pairs with the stores of target_begin() and target_end(). */
static void read_duty(struct duty *duty, const struct target *target)
{
	unsigned int i;

	duty->version = smp_load_acquire(&target->version);
	duty->stable = !(duty->version & 1);
	duty->n = duty->stable ? READ_ONCE(target->n) : target->permanent;
	for (i = 0; i < duty->n; i++)
		duty->counters[i] = READ_ONCE(target->counters[i]);
	if (!duty->stable)
		duty->bodies = READ_ONCE(target->between);
	else if (engine_marked(READ_ONCE(target->epoch)))
		duty->bodies = 1 << READ_ONCE(target->old);
	else
		duty->bodies = 1 << READ_ONCE(target->body);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (READ_ONCE(target->version) != duty->version) {
		duty->stable = false;
		duty->n = target->permanent;
	}
}

static void call(unsigned int t, enum lph_context context, unsigned long long *seed)
{
	struct target *target = &targets[t];
	struct look before, behind;
	struct duty duty;
	unsigned int i, body;
	bool changed;

	read_duty(&duty, target);
	look(&before, t, duty.counters, duty.n);
	body = call_body(t, seed);
	look(&behind, t, duty.counters, duty.n);

	changed = smp_load_acquire(&target->version) != duty.version;
	for (i = 0; i < duty.n; i++)
		if ((duty.stable && !changed) || (i == 0 && target->permanent))
			judge(&before, &behind, t, i, body);
	if (!changed && !(duty.bodies & 1 << body)) {
		this_cpu_inc(counts.lapses);
		complain("body", t, body, 1 << body, duty.bodies);
	}
	this_cpu_inc(counts.ran[t][body]);
	this_cpu_inc(counts.calls[context]);
}

/* Mostly where the writer is. */
static void call_some(enum lph_context context)
{
	unsigned long long *seed = &seeds[context];
	unsigned long long random = random_next(seed);

	if (READ_ONCE(parking) < LPH_TARGETS)
		random |= 3;
	call(random & 3 ? READ_ONCE(preferred) : random / 4 % LPH_TARGETS, context, seed);
}

static void stay_parked(void)
{
	__atomic_add_fetch(&parked, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(parking) < LPH_TARGETS)
		usleep_range(50, 100);
	__atomic_sub_fetch(&parked, 1, __ATOMIC_SEQ_CST);
}

/*
 * Holds up what was interrupted, wherever it was, until callers_release(), as if it
 * were preempted: only a grace period of RCU tasks waits for it.
 */
static void park(void)
{
	preempt_count_sub(SOFTIRQ_OFFSET);
	stay_parked();
	preempt_count_add(SOFTIRQ_OFFSET);
}

static void park_in_op(const struct lph_function *fn)
{
	unsigned int t = smp_load_acquire(&parking);

	if (t < LPH_TARGETS && READ_ONCE(parking_at) == IN_OP && fn == targets[t].fn &&
	    !interrupt_level())
		stay_parked();
}

static void interrupted(enum interrupt which, bool aimed)
{
	static const enum lph_context contexts[INTERRUPTS] = {
		[INTERRUPT_SOFTIRQ] = LPH_CONTEXT_SOFTIRQ,
		[INTERRUPT_HARDIRQ] = LPH_CONTEXT_HARDIRQ,
		[INTERRUPT_NMI] = LPH_CONTEXT_NMI,
	};

	call_some(contexts[which]);
	if (aimed && READ_ONCE(parking) < LPH_TARGETS)
		park();
}

/* The epoch that all tasks are to be marked with, and how many are or were. */
static u32 epoch_wanted;
static unsigned int marked_once, marked_now;

static __thread u32 epoch_seen;
static __thread unsigned int calls_left;

/* Between two calls of the task, when nothing is under way that it called. */
static void change_mark(void)
{
	u32 wanted = smp_load_acquire(&epoch_wanted);

	if (wanted != epoch_seen) {
		epoch_seen = wanted;
		calls_left = 1 + random_next(&seeds[LPH_CONTEXT_TASK]) % 2000;
		engine_mark(wanted);
		__atomic_add_fetch(&marked_now, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&marked_once, 1, __ATOMIC_SEQ_CST);
	} else if (calls_left && !--calls_left) {
		engine_mark(0);
		__atomic_sub_fetch(&marked_now, 1, __ATOMIC_SEQ_CST);
	}
}

static void begin(void)
{
	unsigned int i;

	for (i = 0; i < LPH_CONTEXTS; i++)
		seeds[i] = random_seed(i + LPH_CONTEXTS);
	interrupt_start(mean_us);
}

static void caller(void *unused)
{
	(void)unused;
	begin();
	while (!READ_ONCE(stopping)) {
		change_mark();
		call_some(LPH_CONTEXT_TASK);
		cpu_quiescent();
	}
	interrupt_stop();
}

void callers_start(unsigned int threads, unsigned int interrupt_us)
{
	long host_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int i;

	mean_us = interrupt_us;
	callers = threads;
	interrupt_init(interrupted);
	engine_in_op = park_in_op;
	/* One more than the host has CPUs is not bound to any. */
	for (i = 0; i < threads; i++)
		cpu_start(caller, NULL, i < host_cpus ? (int)i : -1);
	/* The writer is interrupted, too. */
	begin();
}

void callers_stop(void)
{
	interrupt_stop();
	WRITE_ONCE(stopping, true);
	cpu_join_all();
}

void callers_mark(u32 epoch)
{
	__atomic_store_n(&marked_once, 0, __ATOMIC_RELAXED);
	smp_store_release(&epoch_wanted, epoch);
	change_mark();
	while (__atomic_load_n(&marked_once, __ATOMIC_SEQ_CST) < num_online_cpus())
		sched_yield();
}

unsigned int callers_marked(void)
{
	/* The writer makes no calls; it is interrupted. */
	change_mark();
	return __atomic_load_n(&marked_now, __ATOMIC_SEQ_CST);
}

static void start_parking(unsigned int target, unsigned long at)
{
	while (__atomic_load_n(&parked, __ATOMIC_SEQ_CST))
		sched_yield();
	WRITE_ONCE(parking_at, at);
	/* Whoever reads the target finds the place. */
	smp_store_release(&parking, target);
	/* Of calls that go wrong, not all come by. */
	while (__atomic_load_n(&parked, __ATOMIC_SEQ_CST) < callers && !callers_complained())
		sched_yield();
}

void callers_park(unsigned int target, unsigned long at)
{
	start_parking(target, at);
}

void callers_park_in_op(unsigned int target)
{
	start_parking(target, IN_OP);
}

void callers_release(void)
{
	WRITE_ONCE(parking, LPH_TARGETS);
}

void callers_prefer(unsigned int target)
{
	WRITE_ONCE(preferred, target);
}

u64 callers_ran(unsigned int target)
{
	unsigned int cpu, body;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		for (body = 0; body < BODIES; body++)
			sum += READ_ONCE(per_cpu_ptr(&counts, cpu)->ran[target][body]);
	return sum;
}

void callers_read(struct counts *sum)
{
	unsigned int cpu, i;

	*sum = (struct counts){};
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)per_cpu_ptr(&counts, cpu);

		for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
			((u64 *)sum)[i] += READ_ONCE(from[i]);
	}
}
