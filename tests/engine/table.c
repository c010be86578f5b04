// SPDX-License-Identifier: GPL-2.0-only
/*
 * table SECONDS: what the shared backend counts. Every CPU calls functions, in every
 * context, whose ops come and go, by the trampoline and as ftrace's callback is called,
 * while the table grows, shrinks and gives slots to others. Each call is to be counted
 * once, by the op that its function had, or to run the list.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "counters.h"
#include "engine.h"
#include "function.h"
#include "garbage.h"
#include "kernel/kernel.h"
#include "locking.h"
#include "shared-counts.h"

#define FUNCTIONS 512

/* How far apart: in a small table, several begin their search at the same slot. */
#define STRIDE 528

/* On average, by CPU and context. */
#define INTERRUPT_US 400

/* Instructions of the trampoline, most of the time. */
#define STEPS 12

/* How much longer it may take to see tables of all kinds. */
#define BUSY_NS 20000000000LL

/* What the code of a function is: a call, and a return. */
#define CALL_SIZE 5

/* Where the code is: near enough for the call. */
#define CODE ((unsigned char *)0x20000000)

/**
 * struct op - what calls of a function increment for a while
 * @garbage: on its way out
 * @counters: per CPU
 * @function: whose, an index
 */
struct op {
	struct lph_garbage garbage;
	struct lph_counters *counters;
	unsigned int function;
};

static struct lph_function functions[FUNCTIONS];
static struct op *ops[FUNCTIONS];
/* Of ops that are gone, by function. */
static u64 counted[FUNCTIONS];

struct calls {
	u64 made[FUNCTIONS];
	u64 listed[FUNCTIONS];
};

static DEFINE_PER_CPU(struct calls, calls);
static bool stopping;
static u64 tables, smaller, changes;
static unsigned int live;
/* By context, as no context interrupts itself. */
static __thread unsigned long long seeds[LPH_CONTEXTS];

static unsigned char *code_of(unsigned int f)
{
	return CODE + (size_t)f * STRIDE;
}

static unsigned int index_of(unsigned long original)
{
	return (original - (unsigned long)CODE) / STRIDE;
}

/* What has more to do than to count. */
static void listed(struct lph_frame *frame)
{
	this_cpu_inc(calls.listed[index_of(frame->body)]);
}

/* As ftrace's list does it, for this body or another one. */
static void call_back(unsigned int f, bool other)
{
	const struct lph_function *fn = &functions[f];

	if (other ? !lph_counts_run_other(fn->original, fn->original + 1) : !lph_counts_run(fn->original))
		this_cpu_inc(calls.listed[f]);
}

static void call(enum lph_context context)
{
	unsigned long long random = random_next(&seeds[context]);
	unsigned int f = random / 64 % FUNCTIONS;

	if (random % 4 == 0) {
		call_back(f, random & 8);
	} else {
		if (random % 1024 == 1)
			interrupt_soon();
		((void (*)(void))code_of(f))();
	}
	this_cpu_inc(calls.made[f]);
}

/* Some of those that come in the trampoline take long, as if the task was preempted there. */
static void interrupted(enum interrupt which, bool aimed)
{
	static const enum lph_context contexts[INTERRUPTS] = {
		[INTERRUPT_SOFTIRQ] = LPH_CONTEXT_SOFTIRQ,
		[INTERRUPT_HARDIRQ] = LPH_CONTEXT_HARDIRQ,
		[INTERRUPT_NMI] = LPH_CONTEXT_NMI,
	};

	call(contexts[which]);
	if (!aimed || preempt_count() != SOFTIRQ_OFFSET || random_next(&seeds[contexts[which]]) & 7)
		return;
	preempt_count_sub(SOFTIRQ_OFFSET);
	usleep_range(500, 5000);
	preempt_count_add(SOFTIRQ_OFFSET);
}

static void begin(void)
{
	unsigned int i;

	for (i = 0; i < LPH_CONTEXTS; i++)
		seeds[i] = random_seed(i + LPH_CONTEXTS);
	interrupt_start(INTERRUPT_US);
}

static void caller(void *unused)
{
	(void)unused;
	begin();
	while (!READ_ONCE(stopping)) {
		call(LPH_CONTEXT_TASK);
		cpu_quiescent();
	}
	interrupt_stop();
}

static void make_functions(void)
{
	unsigned long to = lph_arch_shared_entry();
	unsigned int f;

	if (mmap(CODE, (size_t)FUNCTIONS * STRIDE, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != CODE)
		die("no room for the functions");
	for (f = 0; f < FUNCTIONS; f++) {
		unsigned char *code = code_of(f);
		int offset = (int)(to - (unsigned long)code - CALL_SIZE);

		code[0] = 0xe8;
		memcpy(code + 1, &offset, sizeof(offset));
		code[CALL_SIZE] = 0xc3;
		functions[f].original = (unsigned long)code + CALL_SIZE;
		functions[f].bodies[LPH_BODY_ORIGINAL_INDEX].addr = functions[f].original;
	}
}

static u64 sum_of(const struct op *op)
{
	unsigned int cpu, body;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		for (body = 0; body <= LPH_BODIES; body++)
			sum += READ_ONCE(per_cpu_ptr(op->counters, cpu)->hits[body]);
	return sum;
}

static void free_op(struct lph_garbage *garbage)
{
	struct op *op = (struct op *)garbage;

	counted[op->function] += sum_of(op);
	free_percpu(op->counters);
	free(op);
}

static void drop(struct op *op)
{
	if (!op)
		return;
	mutex_lock(&lph_lock);
	lph_garbage_add(&op->garbage, free_op);
	mutex_unlock(&lph_lock);
}

/* Another op in the place of the one that a function has, or none. */
static void change(unsigned int f, bool wanted)
{
	struct op *before = ops[f];
	struct op *op = wanted ? malloc(sizeof(*op)) : NULL;

	if (wanted) {
		*op = (struct op){ .counters = alloc_percpu(struct lph_counters), .function = f };
		if (!op->counters)
			die("too many counters wait for a grace period");
	}
	if (op)
		lph_counts_set(&functions[f], op->counters->hits);
	else
		lph_counts_clear(&functions[f]);
	live += !!op - !!before;
	ops[f] = op;
	drop(before);
	changes++;
}

static void wait_for_garbage(void)
{
	while (!engine_idle()) {
		cpu_quiescent();
		sched_yield();
	}
}

/* Tables that grow and tables that shrink. */
static bool seen_both(void)
{
	return smaller && smaller < tables;
}

/* Of functions next to each other; towards few or many, so that the table changes, too. */
static void change_for(unsigned int seconds)
{
	ktime_t end = ktime_get() + seconds * 1000000000ULL;
	unsigned long long seed = random_seed(0) ^ (unsigned long long)ktime_get();
	unsigned int goal = 0;

	store_dawdles = true;
	/* On a busy machine it takes longer to see all. */
	while (ktime_get() < end || (!seen_both() && ktime_get() < end + BUSY_NS)) {
		const struct lph_shared_counts before = lph_shared_counts;
		unsigned int first = random_next(&seed) % FUNCTIONS, f, i;
		unsigned int n = 1 + random_next(&seed) % (random_next(&seed) % 4 ? 16 : FUNCTIONS);
		bool wanted;

		if (random_next(&seed) % 32 == 0)
			goal = random_next(&seed) % 2 ? random_next(&seed) % FUNCTIONS : 0;
		wanted = live < goal;
		if (wanted)
			lph_counts_fit(n);
		for (i = 0; i < n; i++) {
			f = (first + i) % FUNCTIONS;
			change(f, wanted == (random_next(&seed) % 8 != 0));
			cpu_quiescent();
		}
		/* And to none at all. */
		for (f = 0; !goal && live && live < 8 && f < FUNCTIONS; f++)
			if (ops[f])
				change(f, false);
		if (!wanted)
			lph_counts_fit(0);
		tables += lph_shared_counts.base != before.base;
		smaller += lph_shared_counts.mask < before.mask;
		if (random_next(&seed) % 4 == 0)
			wait_for_garbage();
	}
	store_dawdles = false;
}

static int judge(void)
{
	u64 sum = 0, listed = 0, lapses = 0, doubles = 0;
	unsigned int cpu, f;

	for (f = 0; f < FUNCTIONS; f++) {
		u64 made = 0, ran = counted[f];

		for_each_possible_cpu(cpu) {
			const struct calls *its = per_cpu_ptr(&calls, cpu);

			made += its->made[f];
			ran += its->listed[f];
			listed += its->listed[f];
		}
		sum += made;
		lapses += ran < made ? made - ran : 0;
		doubles += ran > made ? ran - made : 0;
	}
	printf("changes %llu, tables %llu, of them smaller %llu, calls that ran the list %llu\n",
	       (unsigned long long)changes, (unsigned long long)tables,
	       (unsigned long long)smaller, (unsigned long long)listed);
	printf("total: calls %llu, lapses %llu, doubles %llu\n", (unsigned long long)sum,
	       (unsigned long long)lapses, (unsigned long long)doubles);
	return lapses || doubles || !sum || !listed || listed == sum || !seen_both();
}

static void hung(int sig)
{
	(void)sig;
	die("it hangs");
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	long host_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int f;
	int i;

	if (!seconds) {
		fprintf(stderr, "usage: %s SECONDS\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, hung);
	alarm(seconds + 30);

	engine_init();
	if (lph_counts_init())
		return 1;
	engine_shared_call = listed;
	make_functions();
	trap_aim(lph_arch_shared_entry(), lph_arch_shared_entry() + 64);
	interrupt_init(interrupted);
	interrupt_step(STEPS);
	for (i = 0; i <= host_cpus; i++)
		cpu_start(caller, NULL, i < host_cpus ? i : -1);
	begin();

	change_for(seconds);
	interrupt_stop();
	for (f = 0; f < FUNCTIONS; f++)
		change(f, false);
	WRITE_ONCE(stopping, true);
	cpu_join_all();
	engine_settle();
	return judge();
}
