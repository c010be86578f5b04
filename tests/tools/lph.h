/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of livepatch_helper for the tests: one function for each command. */
#ifndef LPH_TOOLS_H
#define LPH_TOOLS_H

#include <stdint.h>
#include <stdio.h>

#include <linux/livepatch_helper.h>

struct lph;

struct lph_function {
	const char *symbol;
	const char *module; /* NULL: the kernel itself */
};

struct lph_info {
	uint64_t traps_task;
	uint64_t traps_softirq;
	uint64_t traps_hardirq;
	uint64_t traps_nmi;
	uint64_t traps_stale;
	uint64_t overflows;
	uint64_t lapses;
	uint32_t ops;
	uint32_t trampolines_used;
	uint32_t max_depth;
};

struct lph_event {
	uint64_t id;
	uint64_t traps;
	uint64_t overflows;
	uint64_t lapses;
	uint32_t state; /* enum lph_transition_state */
	uint32_t max_depth;
	uint32_t error;
	const char *message; /* valid in the callback */
};

typedef void (*lph_event_fn)(const struct lph_event *event, void *arg);
/* "bodies" is a JSON object, the hits by the body's name. */
typedef void (*lph_op_fn)(uint32_t id, uint64_t hits, const char *bodies, void *arg);

/* All return 0 or a negative error, which they have told on stderr. */
int lph_open(struct lph **ret);
void lph_close(struct lph *lph);
int lph_info(struct lph *lph, struct lph_info *ret);
/* The changes to come go by this enum lph_strategy, at first by slots. */
void lph_use(struct lph *lph, uint32_t strategy);
int lph_add(struct lph *lph, const struct lph_function *function, int32_t priority,
	    uint32_t *ret_op, uint64_t *ret_transition);
/* kind: enum lph_op_kind */
int lph_change(struct lph *lph, uint32_t op, uint32_t kind, int32_t priority, uint64_t *ret_transition);
int lph_del(struct lph *lph, uint32_t op, uint64_t *ret_transition);
/* The same for several functions of the kernel in one request; an op that is refused is 0. */
int lph_add_all(struct lph *lph, char *const names[], unsigned int n, uint32_t *ops,
		uint64_t *ret_transition);
int lph_del_all(struct lph *lph, const uint32_t *ops, unsigned int n, uint64_t *ret_transition);
int lph_ops(struct lph *lph, lph_op_fn fn, void *arg);
/* Applies (LPH_CMD_APPLY_PATCH) or removes a patch; consistency: enum lph_consistency. */
int lph_patch(struct lph *lph, uint8_t command, const char *name, uint32_t consistency,
	      uint64_t *ret_transition);
/* Stacks all applied patches, from bottom to top. */
int lph_order(struct lph *lph, char *const names[], unsigned int n, uint32_t consistency,
	      uint64_t *ret_transition);
int lph_cancel(struct lph *lph, uint64_t transition);
/* Those that the module knows, in its order. */
int lph_transitions(struct lph *lph, lph_event_fn fn, void *arg);
/* Waits for events, at most timeout_ms: 1 there are some, 0 there are none. */
int lph_wait(struct lph *lph, int timeout_ms);
/* Waits for events, at most timeout_ms, and hands on those that are there. */
int lph_events(struct lph *lph, int timeout_ms, lph_event_fn fn, void *arg);

#endif /* LPH_TOOLS_H */
