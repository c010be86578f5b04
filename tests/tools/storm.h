/* SPDX-License-Identifier: GPL-2.0-only */
/* What lph-storm's workers and whoever stirs them share. */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STORM_DIR "/sys/kernel/debug/lph_churn"

/* Can be left out one by one. */
enum ingredient {
	/* workers */
	STORM_READ,
	STORM_SLEEP,
	STORM_GUEST,
	STORM_URING,
	STORM_PTRACE,
	STORM_FORK,
	STORM_PROC,
	STORM_HOTPLUG,
	STORM_WORKERS,
	/* callers of lph_churn's own */
	STORM_KTHREADS = STORM_WORKERS,
	STORM_WORKS,
	STORM_IRQS,
	/* functions */
	STORM_TAIL,
	STORM_COLD,
	/* what is done to the patches */
	STORM_STOP,
	STORM_CANCEL,
	STORM_ORDER,
	STORM_UNLOAD,
	STORM_OPS,
	STORM_RELOAD,
	STORM_HELPER,
	STORM_KILL,
	STORM_INGREDIENTS
};

/* In memory that all workers share; counted atomically. */
struct storm_shared {
	uint64_t calls[STORM_WORKERS];
	uint64_t proc_mismatches;
	char proc_mismatch[64];
	uint64_t hotplugs;
};

extern struct storm_shared *storm_shared;
extern uint32_t storm_without; /* bits of enum ingredient */

uint32_t storm_random(void);
uint32_t storm_below(uint32_t n);
void storm_seed(uint64_t seed);
bool storm_has(enum ingredient ingredient);

/* A process of its own that does its work until it is killed; it dies with this one. */
pid_t storm_worker(enum ingredient what, uint64_t seed);
/* What the workers run as a new program: one call. */
int storm_once(void);
/* All CPUs online again. */
void storm_all_cpus(void);

/* Makes calls by io_uring for ever, of its own worker threads' making. */
void storm_uring(void);
/* Some short call: the position to read at, see CHURN_AT(). */
long long storm_any_call(uint32_t most_us);
/* lph_churn/call, opened when it can be. */
int storm_open_call(void);

#endif /* STORM_H */
