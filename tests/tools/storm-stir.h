/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is to lph-storm's own process, which stirs: its steps, what it knows of each. */
#ifndef STORM_STIR_H
#define STORM_STIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../module/churn.h"
#include "lph.h"
#include "storm.h"

#define PATCHES 3
#define OPS 6
#define TRANSITIONS 16
#define WORKERS 16
/* Seconds, on a busy machine; who sits in a function is woken after 10. */
#define TRANSITION_TIMEOUT (90 * storm.slower)
#define MODULE_TIMEOUT (60 * storm.slower)
#define STUCK_TIMEOUT (240 * storm.slower)

enum patch_state {
	ABSENT,
	LOADED,
	APPLIED,
};

struct patch {
	const char *name;
	enum churn_owner owner;
	uint32_t has; /* bits of enum churn_target */
	enum patch_state state;
	bool pending;	  /* a transition of it is in flight */
	uint64_t entered; /* when its module went */
};

enum what {
	APPLY,
	REMOVE,
	ORDER,
	OP,
};

struct transition {
	uint64_t id; /* 0: free */
	enum what what;
	struct patch *patch;
	struct patch *order[PATCHES];
	double begun;
	bool cancelled; /* and that was accepted */
};

struct worker {
	enum ingredient what;
	pid_t pid;
};

struct counts {
	uint64_t entered[CHURN_TARGETS][CHURN_OWNERS];
	uint64_t left[CHURN_TARGETS][CHURN_OWNERS];
};

struct storm {
	struct lph *lph;
	const char *dir;  /* the tests' */
	char helper[256]; /* its file */
	char clone[48];	  /* what churn_c is told */
	bool verbose, go_on, over, hung;
	double start;
	struct patch *stack[PATCHES]; /* applied ones, from bottom to top */
	struct transition transitions[TRANSITIONS];
	uint32_t ops[OPS]; /* ids, 0: none */
	bool churn;	   /* lph_churn is loaded, and calls */
	struct worker workers[WORKERS];
	struct counts settled; /* when the last transition of a patch did */
	bool has_settled;
	/* the summary */
	uint64_t actions, done, reversed, failed, refused, cancels, late, kills;
	uint64_t loads, reloads, helpers;
	double longest;
	char longest_what[64];
	uint64_t calls[CHURN_TARGETS][CHURN_OWNERS];
	uint64_t mismatches, mixtures, lapses;
	unsigned int violations;
	char violation[512]; /* the first one */
	double slower;	     /* how many times longer than usual all may take */
};

extern struct storm storm;
extern const char *const storm_ingredients[STORM_INGREDIENTS];
extern struct patch storm_patches[PATCHES];
extern const char *const storm_targets[CHURN_TARGETS];
extern const char *const storm_owners[CHURN_OWNERS];

/* Seconds, monotonic. */
double storm_now(void);
/* The step that begins, told if all are; one that takes too long ends the program. */
void storm_doing(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something did not hold. */
void storm_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Index of @name, -1. */
int storm_find(const char *const names[], int n, const char *name);

/* Modules: 0 or -errno, -ETIMEDOUT where the kernel hangs. */
int storm_insert(const char *name, const char *args);
int storm_rmmod(const char *name);
/* As storm_rmmod(), of what only waits for something that is on its way out. */
int storm_rmmod_soon(const char *name);

/* lph_churn: loaded and called; all calls ended and added up, and gone. */
bool storm_load_churn(void);
void storm_unload_churn(void);
/* Are there calls that returned what no body does? */
void storm_check_faults(void);
/* Nobody is in a body of a patch that is not applied; true: so it is. */
bool storm_check_left(const struct patch *patch, const char *when);
/* How often the bodies of @patch were entered. */
uint64_t storm_entered(const struct patch *patch);
/* From when no transition of a patch is in flight until one is: who wins, is entered alone. */
void storm_begin_calm(void);
void storm_end_calm(void);

/* Transitions: a free slot; and what was not begun after all. */
struct transition *storm_begin(enum what what, struct patch *patch);
void storm_refuse(struct transition *transition);
const char *storm_transition_name(const struct transition *transition);
unsigned int storm_in_flight(void);
/* Is one of a patch in flight? */
bool storm_patching(void);
uint32_t storm_any_consistency(void);
/* Asks for a patch to be applied or removed. */
void storm_change(struct patch *patch, enum what what, uint32_t consistency);
void storm_unload_patch(struct patch *patch);
/* Hands on what comes in so many seconds. */
int storm_listen_for(double seconds);
/* Does one take too long? */
void storm_check_times(void);
/* Waits until no transition is in flight. */
void storm_settle_all(void);

/* One action that there is something to do for; while all is in flight there may be none. */
void storm_act(void);
void storm_delete_op(uint32_t *op);
void storm_remove_patches(void);
void storm_kill_worker(struct worker *worker);

#endif /* STORM_STIR_H */
