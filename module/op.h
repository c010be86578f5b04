/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_OP_H
#define LPH_OP_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/livepatch_helper.h>

#include "filter.h"
#include "garbage.h"

struct bpf_prog;
struct lph_counters;
struct lph_frame;
struct lph_function;
struct lph_latency;
struct lph_op;

/**
 * struct lph_op_spec - what an op should be
 * @kind: what it does
 * @priority: lower runs earlier
 * @filter: which calls it sees
 * @program: of LPH_KIND_BPF; an op holds it for itself
 * @latency: of LPH_KIND_LATENCY, if it goes on with what another one has measured; likewise
 * @registers: of LPH_KIND_LATENCY: whoever asks says that all arguments are in registers
 * @label: kept for whoever asked for it; NULL: none
 */
struct lph_op_spec {
	enum lph_op_kind kind;
	s32 priority;
	struct lph_filter filter;
	struct bpf_prog *program;
	struct lph_latency *latency;
	bool registers;
	const char *label;
};

/*
 * What a kind does for a call, once op-array.c has counted that. Context: any that
 * the function is called in, preemption off.
 */
typedef void (*lph_act_fn)(struct lph_op *op, struct lph_frame *frame);

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
 * @garbage: on its way out
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
	struct lph_garbage garbage;

	/* read by calls, in any context */
	struct lph_filter filter;
	lph_act_fn act;
	bool plain;
	struct bpf_prog *program;
	struct lph_latency *latency;
	struct lph_counters __percpu *counters;
};

#endif /* LPH_OP_H */
