/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_OP_H
#define LPH_OP_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "arch.h"
#include "error.h"
#include "kinds/kind.h"

struct lph_function;
struct lph_counters;
struct lph_transition;

/**
 * struct lph_op - something attached to a function
 * @node: in lph_function.ops, in run order
 * @fn: its function
 * @id: never reused
 * @kind: what it does
 * @priority: lower runs earlier
 * @state: see below
 * @runs: it is in the published array
 * @changing: a transition that changes it is queued or running
 * @replaced: another one of the same id has taken its place, and its counters
 * @label: the requester's, owned; or NULL
 * @garbage: on its way out, see collect()
 * @filter: which calls it sees
 * @act: what its kind does beyond counting, or NULL
 * @plain: it counts every call, and does nothing more
 * @program: of LPH_KIND_BPF, held; or NULL
 * @latency: of LPH_KIND_LATENCY, what it has measured, counted; or NULL
 * @counters: per CPU
 *
 * State: QUEUED from the request, ATTACHED when its add transition settles
 * (or freed, where that fails), REMOVING from the request to remove it until
 * that transition settles, which frees it (or ATTACHED again, where it fails).
 *
 * What is said of it to calls never changes: another op of the same id replaces it.
 *
 * @node, @state, @runs, @changing and @replaced are protected by lph_lock; @counters are written by
 * calls; the rest stays as it is.
 */
struct lph_op {
	struct list_head node;
	struct lph_function *fn;
	u32 id;
	enum lph_op_kind kind;
	s32 priority;
	enum lph_op_state state;
	bool runs;
	bool changing;
	bool replaced;
	char *label;
	struct list_head garbage;

	/* read by calls, in any context */
	struct lph_filter filter;
	lph_act_fn act;
	bool plain;
	struct bpf_prog *program;
	struct lph_latency *latency;
	struct lph_counters __percpu *counters;
};

/* What a change of a function's ops does. */
enum lph_op_change {
	LPH_OP_ENTERS,
	LPH_OP_LEAVES,
};

void lph_list_shared(struct lph_frame *frame, struct lph_function *fn);

struct lph_choice;
int lph_op_hold(struct lph_function *fn, enum lph_strategy strategy, struct lph_error *error);
void lph_op_release(struct lph_function *fn, enum lph_strategy strategy);
void lph_op_lead_exit(struct lph_function *fn);
bool lph_op_needs_trace(const struct lph_function *fn);
int lph_op_prepare(struct lph_function *fn, const struct lph_choice *choice);
void lph_op_switch(struct lph_function *fn);
void lph_op_drop_prepared(struct lph_function *fn);

struct lph_op *lph_op_new(struct lph_function *fn, const struct lph_op_spec *spec);
struct lph_op *lph_op_by_id(u32 id);
struct lph_op *lph_op_behind(u32 id);
int lph_op_apply(struct lph_op *op, enum lph_op_change change,
		 struct lph_transition *transition, struct lph_error *error);
struct lph_op *lph_op_variant(const struct lph_op *op, const struct lph_op_spec *spec);
void lph_op_drop_variant(struct lph_op *by);
int lph_op_replace(struct lph_op *op, struct lph_op *by, struct lph_transition *transition,
		   struct lph_error *error);
void lph_op_leave(struct lph_op *op);
unsigned int lph_op_count(void);
void lph_op_drop_array(struct lph_function *fn);
void lph_op_exit(void);

#endif /* LPH_OP_H */
