// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what calls and rewrites cost on this CPU, as lines "FILE JSON".
 *
 * A trap is a signal here, which costs more than an exception in the kernel; the
 * strategies are to be compared with each other, and with stopping the callers.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/ktime.h>
#include <linux/smp.h>

#include "callers.h"
#include "engine.h"
#include "kernel/kernel.h"

/* The best of so many runs of so many calls. */
#define RUNS  25
#define CALLS 200000

/*
 * Rewrites by each strategy, at least; more until so many calls have trapped, if a
 * busy machine lets them.
 */
#define REWRITES     2000
#define REWRITES_MAX 40000
#define TRAPS	     2000

/* Calls that were held up are kept, so many of them. */
#define HELD_UP 1000000

/* What a call that neither trapped nor waited never takes. */
#define HELD_UP_NS 400

static const char *const strategies[] = {
	[LPH_STRATEGY_SLOTS] = "slots",
	[LPH_STRATEGY_EMULATE] = "emulate",
	[LPH_STRATEGY_STUB] = "stub",
	[LPH_STRATEGY_SPIN] = "spin",
};

/*
 * A redirect and nothing else, of a function that does what lph_target_2() does: by a
 * call that drops its return address, as ours has to be, and by a jump.
 */
u64 bench_by_call(u64 a, u64 b, u64 c);
u64 bench_by_jump(u64 a, u64 b, u64 c);

asm(".text\n"
    "	.balign 16\n"
    "bench_body:\n"
    "	lea (%rdi, %rsi), %rax\n"
    "	add %rdx, %rax\n"
    "	ret\n"
    "	.balign 16\n"
    "bench_drop:\n"
    "	lea 8(%rsp), %rsp\n"
    "	jmp bench_body\n"
    "	.balign 16\n"
    "	.globl bench_by_call\n"
    "bench_by_call:\n"
    "	call bench_drop\n"
    "	int3\n"
    "	.balign 16\n"
    "	.globl bench_by_jump\n"
    "bench_by_jump:\n"
    "	jmp bench_body\n");

static double call_ns(u64 (*target)(u64 a, u64 b, u64 c))
{
	double best = 0;
	ktime_t ns;
	int i, run;

	for (run = 0; run < RUNS; run++) {
		ns = ktime_get();
		for (i = 0; i < CALLS; i++)
			target(i, i, i);
		ns = ktime_get() - ns;
		if (!run || (double)ns / CALLS < best)
			best = (double)ns / CALLS;
	}
	return best;
}

static void tell_call_of(u64 (*target)(u64 a, u64 b, u64 c), const char *what)
{
	printf("engine-calls {\"case\": \"%s\", \"ns\": %.2f}\n", what, call_ns(target));
}

static void tell_call(const char *what)
{
	tell_call_of(lph_target_2, what);
}

static void settle(struct lph_function *fn)
{
	while (!engine_straight(fn)) {
		engine_poll();
		sched_yield();
	}
}

/* From the untouched function on; leaves it attached, without ops. */
static struct lph_function *calls(void)
{
	struct engine_change change;
	struct lph_function *fn;
	struct lph_op *ops[4];
	int i;

	tell_call("untouched");
	fn = engine_attach(lph_target_2, 0);
	tell_call("idle");
	ops[0] = engine_add(fn, LPH_KIND_COUNT, 0, LPH_STRATEGY_SLOTS, &change);
	tell_call("count");
	for (i = 1; i < 4; i++)
		ops[i] = engine_add(fn, LPH_KIND_COUNT, 0, LPH_STRATEGY_SLOTS, &change);
	tell_call("4 tracers");

	engine_redirect(fn, (unsigned long)body_functions[2][1], 0, LPH_STRATEGY_SLOTS, &change);
	tell_call("redirect+4 tracers");
	for (i = 1; i < 4; i++)
		engine_remove(ops[i], LPH_STRATEGY_SLOTS, &change);
	settle(fn);
	tell_call("redirect+count");
	engine_remove(ops[0], LPH_STRATEGY_SLOTS, &change);
	settle(fn);
	tell_call("redirect");
	tell_call_of(bench_by_call, "call, lea, jmp");
	tell_call_of(bench_by_jump, "jmp");
	engine_redirect(fn, 0, 0, LPH_STRATEGY_SLOTS, &change);
	settle(fn);
	return fn;
}

/* ---------------------------------------------------------------- rewrites */

/* Of each rewrite the longest call, and all calls that took long. */
static unsigned int stalls[REWRITES_MAX], held_up[HELD_UP];
static unsigned int held_up_count;
/* Odd while a rewrite is under way: 2 n + 1 of the nth; and the first of this strategy. */
static unsigned int sequence, first_rewrite;
static bool stopping;

/* Another CPU's only work: what each call takes while the writer rewrites. */
static void caller(void *unused)
{
	unsigned int before, behind = READ_ONCE(sequence), number, ns;
	ktime_t begun, end = ktime_get();

	(void)unused;
	while (!READ_ONCE(stopping)) {
		before = behind;
		begun = end;
		lph_target_2(1, 2, 3);
		end = ktime_get();
		behind = READ_ONCE(sequence);
		ns = end - begun;
		cpu_quiescent();
		if (before == behind && !(before & 1))
			continue;
		number = ((before & 1 ? before : behind) - 1) / 2 - READ_ONCE(first_rewrite);
		if (number < REWRITES_MAX && ns > stalls[number])
			stalls[number] = ns;
		if (ns >= HELD_UP_NS && held_up_count < HELD_UP)
			held_up[held_up_count++] = ns;
	}
}

static unsigned int halted;
static bool halt;

static void wait_halted(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&halted, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(halt))
		;
	__atomic_sub_fetch(&halted, 1, __ATOMIC_SEQ_CST);
}

/* As stop_machine() would have it: nobody else runs while the sites change. */
static void stop_callers(void)
{
	WRITE_ONCE(halt, true);
	smp_sync_by(SMP_SYNC_INTERRUPT);
	smp_call_function_many(cpu_online_mask, wait_halted, NULL, false);
	while (__atomic_load_n(&halted, __ATOMIC_SEQ_CST) < num_online_cpus() - 1)
		;
	smp_sync_by(SMP_SYNC_MEMBARRIER);
}

static void start_callers(void)
{
	WRITE_ONCE(halt, false);
	while (__atomic_load_n(&halted, __ATOMIC_SEQ_CST))
		;
}

static int by_size(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

static void tell_rewrites(const char *strategy, unsigned int n, ktime_t ns, u64 traps)
{
	unsigned int first = 0;

	qsort(stalls, n, sizeof(*stalls), by_size);
	qsort(held_up, held_up_count, sizeof(*held_up), by_size);
	/* The caller was not running while these were made. */
	while (first < n && !stalls[first])
		first++;
	if (first == n || !held_up_count)
		die("the caller made no call while sites were rewritten: this machine is too busy");
	printf("engine-rewrites {\"strategy\": \"%s\", \"rewrites_per_second\": %.0f, \"traps\": %llu, ",
	       strategy, n * 1e9 / (double)ns, (unsigned long long)traps);
	printf("\"held_up_ns_median\": %u, \"stall_ns_median\": %u, ",
	       held_up[held_up_count / 2], stalls[first + (n - first) / 2]);
	printf("\"stall_ns_p99\": %u, \"stall_ns_p99.9\": %u}\n",
	       stalls[n - 1 - (n - first) / 100], stalls[n - 1 - (n - first) / 1000]);
}

/* An op comes and goes; with @stop the callers stand still meanwhile. */
static void rewrites(struct lph_function *fn, enum lph_strategy strategy, bool stop)
{
	struct engine_change change;
	struct lph_op *op = NULL;
	unsigned int i, c;
	ktime_t ns = 0;
	u64 traps = 0;

	usleep(20000);
	WRITE_ONCE(first_rewrite, sequence / 2);
	held_up_count = 0;
	memset(stalls, 0, sizeof(stalls));
	for (i = 0; op || i < REWRITES || (!stop && traps < TRAPS && i < REWRITES_MAX); i++) {
		ktime_t begun = ktime_get();

		WRITE_ONCE(sequence, sequence + 1);
		if (stop)
			stop_callers();
		if (op) {
			engine_remove(op, strategy, &change);
			op = NULL;
		} else {
			op = engine_add(fn, LPH_KIND_COUNT, 0, strategy, &change);
		}
		if (stop)
			start_callers();
		WRITE_ONCE(sequence, sequence + 1);
		ns += ktime_get() - begun;
		for (c = 0; c < LPH_CONTEXTS; c++)
			traps += change.traps.taken[c];
		engine_poll();
		/* For what has been removed to be freed. */
		usleep(500);
	}
	usleep(20000);
	tell_rewrites(stop ? "stop the callers" : strategies[strategy], i, ns, traps);
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %d: %s", cpu, strerror(errno));
}

int main(void)
{
	enum lph_strategy strategy;
	struct lph_function *fn;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		die("a caller and a writer want a CPU each");
	pin_to(0);
	engine_init();
	fn = calls();
	interrupt_init(NULL);
	cpu_start(caller, NULL, 1);
	for (strategy = 0; strategy <= LPH_STRATEGY_MAX; strategy++)
		rewrites(fn, strategy, false);
	rewrites(fn, LPH_STRATEGY_SLOTS, true);
	WRITE_ONCE(stopping, true);
	cpu_join_all();
	engine_settle();
	return 0;
}
