// SPDX-License-Identifier: GPL-2.0-only
/*
 * torture SECONDS [counted|freed|straight|in-op|trapped]: adds and removes ops of functions
 * that every CPU calls in every context, with all strategies, and tells on its last
 * line what came of it. It ends early where something was not as it should be.
 *
 * With a second word there are only changes of that kind, which make calls be where
 * they seldom are: see changes.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callers.h"
#include "changes.h"
#include "engine.h"
#include "kernel/kernel.h"

/* On average, by CPU and context. */
#define INTERRUPT_US 400

static const char *const strategy_names[] = {
	[LPH_STRATEGY_SLOTS] = "slots",
	[LPH_STRATEGY_EMULATE] = "emulate",
	[LPH_STRATEGY_STUB] = "stub",
	[LPH_STRATEGY_SPIN] = "spin",
};

static const char *const context_names[] = {
	[LPH_CONTEXT_TASK] = "task",
	[LPH_CONTEXT_SOFTIRQ] = "softirq",
	[LPH_CONTEXT_HARDIRQ] = "hardirq",
	[LPH_CONTEXT_NMI] = "nmi",
};

static const char *const entry_names[] = {
	[LPH_ENTRY_PASS] = "pass",
	[LPH_ENTRY_TRACE] = "trace",
	[LPH_ENTRY_REDIRECT] = "redirect",
	[LPH_ENTRY_COUNT] = "count",
	[LPH_ENTRY_COUNT_REDIRECT] = "count and redirect",
};

/* What stayed has counted every call; what the calls have not noticed is an error, too. */
static void judge_sums(struct counts *counts)
{
	unsigned int t, body;

	for (t = 0; t < LPH_TARGETS; t++) {
		for (body = 0; targets[t].permanent && body < BODIES; body++) {
			u64 hits = engine_hits(change_permanent(t), body), ran = counts->ran[t][body];

			if (hits == ran)
				continue;
			printf("# target %u, body %u: %llu calls, %llu hits\n", t, body,
			       (unsigned long long)ran, (unsigned long long)hits);
			if (hits < ran)
				counts->lapses += !counts->lapses;
			else
				counts->doubles += !counts->doubles;
		}
	}
}

/* Return: true where each strategy was met in each context, and each entry left to calls. */
static bool tell_traps(void)
{
	unsigned int strategy, context, entry;
	bool all = true;

	printf("%-10s", "traps");
	for (context = 0; context < LPH_CONTEXTS; context++)
		printf("%12s", context_names[context]);
	for (strategy = 0; strategy <= LPH_STRATEGY_MAX; strategy++) {
		printf("\n%-10s", strategy_names[strategy]);
		for (context = 0; context < LPH_CONTEXTS; context++) {
			printf("%12llu", (unsigned long long)changed.taken[strategy][context]);
			all = all && changed.taken[strategy][context];
		}
	}
	printf("\n%-10s", "entries");
	for (entry = 0; entry < LPH_ENTRIES; entry++) {
		printf("  %s %llu", entry_names[entry], (unsigned long long)changed.entries[entry]);
		all = all && changed.entries[entry];
	}
	printf("\n");
	return all;
}

static void tell_list(const char *separator, const char *name, u64 value)
{
	printf("%s%s %llu", separator, name, (unsigned long long)value);
}

static int tell(struct counts *counts)
{
	bool all = tell_traps();
	struct lph_traps traps;
	u64 calls = 0, sum = 0, measured, returned;
	unsigned int i;

	measured = engine_measured(&returned);
	if (measured != returned)
		printf("# %llu measured calls did not return\n",
		       (unsigned long long)(measured - returned));
	lph_traps_read(&traps);
	for (i = 0; i < LPH_CONTEXTS; i++) {
		calls += counts->calls[i];
		sum += traps.taken[i];
	}
	counts->lapses += traps.lapses;

	if (!all)
		printf("# not every strategy was met in every context, or not every entry: run it for longer\n");
	if (changed.overflows_for_nothing)
		printf("# %llu traps found no slot, and there is one for each context\n",
		       (unsigned long long)changed.overflows_for_nothing);
	printf("changes %llu, redirects %llu, shortest ways %llu, measured %llu, stale traps %llu, overflows %llu, deepest %u\n",
	       (unsigned long long)changed.changes, (unsigned long long)changed.redirects,
	       (unsigned long long)changed.straight, (unsigned long long)measured,
	       (unsigned long long)traps.stale,
	       (unsigned long long)traps.overflows, changed.deepest);

	printf("total: calls %llu, traps %llu (", (unsigned long long)calls, (unsigned long long)sum);
	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		tell_list(i ? ", " : "", strategy_names[i], traps.by_strategy[i]);
	for (i = 0; i < LPH_CONTEXTS; i++)
		tell_list(i ? ", " : "; ", context_names[i], traps.taken[i]);
	printf("), lapses %llu, doubles %llu, mismatches %llu\n", (unsigned long long)counts->lapses,
	       (unsigned long long)counts->doubles, (unsigned long long)counts->mismatches);
	return !all || !measured || measured != returned || changed.overflows_for_nothing ||
	       counts->lapses || counts->doubles || counts->mismatches;
}

static void hung(int sig)
{
	(void)sig;
	die("it hangs");
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	long host_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct counts counts;

	if (!seconds || argc > 3 || (argc == 3 && !change_only_that(argv[2]))) {
		fprintf(stderr, "usage: %s SECONDS [counted|freed|straight|in-op|trapped]\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, hung);
	alarm(seconds + 30);

	engine_init();
	change_begin();
	callers_start(host_cpus + 1, INTERRUPT_US);
	change_for(seconds);
	callers_stop();
	engine_settle();

	callers_read(&counts);
	judge_sums(&counts);
	return tell(&counts);
}
