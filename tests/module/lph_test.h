/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_TEST_H
#define LPH_TEST_H

#include <linux/types.h>

#include "targets.h"

enum lph_context {
	LPH_TASK,
	LPH_SOFTIRQ,
	LPH_HARDIRQ,
	LPH_NMI,
	LPH_CONTEXTS
};

/* What came of the calls of one target. */
struct lph_counts {
	u64 calls;
	u64 patched;	/* returned what a patched body returns */
	u64 patched2;	/* what a second one returns */
	u64 mismatches; /* returned what no body returns */
};

/* Starting and stopping are serialised by the caller. */
int lph_callers_start(void);
/* Returns when no caller is left in a target: the counts are final. */
void lph_callers_stop(void);
/* Stops them and forgets their counts. */
void lph_callers_free(void);
bool lph_callers_running(void);
/* Of the run under way or of the last one. */
struct lph_counts lph_callers_counts(enum lph_context context, unsigned int target);

/* Returns when the thread sits in lph_target_sleep(). */
int lph_sleeper_start(void);
/* Takes the thread out: 1 if it ran a patched body, 0 if the original. */
int lph_sleeper_stop(void);
bool lph_sleeper_running(void);
/* Sits in lph_target_sleep() until the calling process is killed. */
int lph_sit_here(void);
/* Returns when a thread has ended in lph_target_rewind(), its stack gone. */
int lph_rewind(void);
/* Traced only: it does not return. */
void lph_target_rewind(void);

/* What a call ran, by what it returned. */
enum lph_ran {
	LPH_RAN_NOTHING, /* that is known */
	LPH_RAN_ORIGINAL,
	LPH_RAN_PATCHED
};

/* The calling process serves a guest in lph_target_serve() until it is told to leave. */
int lph_server_run(void);
/* Tells it so, and returns when it has left. */
void lph_server_stop(void);
bool lph_server_serves(void);
/* Task works that ran meanwhile, on top of that function. */
unsigned long lph_server_worked(void);
enum lph_ran lph_server_ran(void);

/* In between, a CPU that traps on an int3 of a target that is gone executes it again. */
int lph_stale_init(void);
void lph_stale_exit(void);

/* Where int3.c has its int3. */
extern const u8 lph_int3_at[];

/* In between, an int3 of the module's own can be executed, in every context. */
int lph_int3_init(void);
void lph_int3_exit(void);
int lph_int3_everywhere(void);

#endif /* LPH_TEST_H */
