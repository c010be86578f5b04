// SPDX-License-Identifier: GPL-2.0-only
/*
 * How functions, ops, transitions and the helper itself are written into
 * netlink messages.
 */
#include <linux/kallsyms.h>

#include "../include/version.h"
#include "arch.h"
#include "backend.h"
#include "body.h"
#include "counters.h"
#include "function-table.h"
#include "function.h"
#include "kinds/bpf.h"
#include "kinds/latency.h"
#include "locking.h"
#include "netlink/put.h"
#include "op-table.h"
#include "op.h"
#include "patch.h"
#include "symbol.h"
#include "thread.h"
#include "transition-queue.h"
#include "transition.h"

/* How much it takes, at most, to put a function's symbol, module and sympos. */
static u32 symbol_room(void)
{
	return nla_total_size(LPH_SYMBOL_LEN) + nla_total_size(LPH_MODULE_LEN) +
	       nla_total_size(sizeof(u32));
}

/* Each body with its name, hits and @more, and "other". One that is no patch's has a symbol. */
static u32 bodies_room(u32 more)
{
	u32 body = nla_total_size(LPH_SYMBOL_LEN) + nla_total_size_64bit(sizeof(u64)) + more;

	return nla_total_size((LPH_BODIES + 1) * nla_total_size(body));
}

static u32 message_room(u32 nest)
{
	return NLMSG_HDRLEN + GENL_HDRLEN + nla_total_size(nest);
}

/* How large a message of lph_nl_put_op() can be. */
u32 lph_nl_op_room(void)
{
	u32 latency = nla_total_size(LPH_LATENCY_BUCKETS * nla_total_size_64bit(sizeof(u64)));

	/* Those of put_op_brief(), PID, PROGRAM and BACKEND; MISSED and HITS. */
	return message_room(7 * nla_total_size(sizeof(u32)) +
			    2 * nla_total_size_64bit(sizeof(u64)) +
			    nla_total_size(symbol_room()) + nla_total_size(LPH_COMM_LEN) +
			    nla_total_size(LPH_LABEL_LEN) + bodies_room(latency));
}

/* Likewise of lph_nl_put_function(). */
u32 lph_nl_function_room(void)
{
	u32 op = nla_total_size(4 * nla_total_size(sizeof(u32)));

	/* STATE and BACKEND, and who wins. */
	return message_room(symbol_room() + 2 * nla_total_size(sizeof(u32)) +
			    nla_total_size(LPH_OPS_PER_FUNCTION * op) + bodies_room(0) +
			    nla_total_size(LPH_MODULE_LEN));
}

/* Only symbol, module and sympos: how a function is named. */
static int put_symbol(struct sk_buff *msg, const struct lph_symbol *symbol)
{
	if (nla_put_string(msg, LPH_FUNCTION_A_SYMBOL, symbol->name) ||
	    nla_put_string(msg, LPH_FUNCTION_A_MODULE, symbol->module) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_SYMPOS, symbol->sympos))
		return -EMSGSIZE;
	return 0;
}

int lph_nl_put_symbol(struct sk_buff *msg, int attr, const struct lph_symbol *symbol)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || put_symbol(msg, symbol))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* How long calls of all bodies of one name took. */
static int put_latency(struct sk_buff *msg, const struct lph_op *op, const char *name)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_BODY_A_LATENCY);
	u64 calls[LPH_LATENCY_BUCKETS] = {};
	unsigned int bucket, i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i <= LPH_BODY_OTHER_INDEX; i++) {
		if (!lph_body_named(op->fn, i, name))
			continue;
		for (bucket = 0; bucket < LPH_LATENCY_BUCKETS; bucket++)
			calls[bucket] += lph_latency_calls(op->latency, i, bucket);
	}
	for (bucket = 0; bucket < LPH_LATENCY_BUCKETS; bucket++)
		if (calls[bucket] && nla_put_u64_64bit(msg, bucket + 1, calls[bucket], 0))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_body(struct sk_buff *msg, int index, const struct lph_op *op, const char *name,
		    u64 hits)
{
	struct nlattr *nest = nla_nest_start(msg, index);

	if (!nest || nla_put_string(msg, LPH_BODY_A_NAME, name) ||
	    nla_put_u64_64bit(msg, LPH_BODY_A_HITS, hits, LPH_BODY_A_PAD) ||
	    (op && op->latency && put_latency(msg, op, name)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* The hits of all bodies of one name, or false if an entry before has it, too. */
static bool sum_hits(const struct lph_function *fn, const struct lph_op *op,
		     unsigned int index, const char *name, u64 *ret_hits)
{
	unsigned int i;
	u64 hits = 0;

	for (i = 0; i < index; i++)
		if (lph_body_named(fn, i, name))
			return false;
	for (; op && i <= LPH_BODY_OTHER_INDEX; i++)
		if (lph_body_named(fn, i, name))
			hits += lph_op_hits(op, i);
	*ret_hits = hits;
	return true;
}

/* The bodies of @fn, with the hits of @op, which may be NULL; @total gets what they add up to. */
static int put_bodies(struct sk_buff *msg, int attr, const struct lph_function *fn,
		      const struct lph_op *op, u64 *total)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	char buf[KSYM_SYMBOL_LEN];
	const char *name;
	unsigned int i;
	u64 hits;

	*total = 0;
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i <= LPH_BODY_OTHER_INDEX; i++) {
		name = lph_body_name(fn, i, buf);
		if (!name || !sum_hits(fn, op, i, name, &hits))
			continue;
		if (!hits && i != LPH_BODY_ORIGINAL_INDEX)
			continue;
		if (put_body(msg, i + 1, op, name, hits))
			return -EMSGSIZE;
		*total += hits;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int put_backend(struct sk_buff *msg, int attr, const struct lph_function *fn)
{
	if (fn->state == LPH_FUNCTION_DETACHED)
		return 0;
	return nla_put_u32(msg, attr, lph_function_backend(fn));
}

/* What is shown of an op under its function. */
static int put_op_brief(struct sk_buff *msg, const struct lph_op *op)
{
	if (nla_put_u32(msg, LPH_OP_A_ID, op->id) ||
	    nla_put_u32(msg, LPH_OP_A_KIND, op->kind) ||
	    nla_put_s32(msg, LPH_OP_A_PRIORITY, op->priority) ||
	    nla_put_u32(msg, LPH_OP_A_STATE, op->state))
		return -EMSGSIZE;
	return 0;
}

/* What is asked for beside kind and priority. */
static int put_spec(struct sk_buff *msg, const struct lph_op *op)
{
	if (nla_put_u32(msg, LPH_OP_A_PID, op->filter.pid) ||
	    nla_put_string(msg, LPH_OP_A_COMM, op->filter.comm) ||
	    (op->program && nla_put_u32(msg, LPH_OP_A_PROGRAM, lph_bpf_id(op->program))) ||
	    (op->label && nla_put_string(msg, LPH_OP_A_LABEL, op->label)))
		return -EMSGSIZE;
	return 0;
}

int lph_nl_put_op(struct sk_buff *msg, const struct lph_op *op)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_OP);
	u64 hits;

	if (!nest || put_op_brief(msg, op) ||
	    lph_nl_put_symbol(msg, LPH_OP_A_FUNCTION, &op->fn->symbol) ||
	    put_spec(msg, op) ||
	    nla_put_u64_64bit(msg, LPH_OP_A_MISSED, lph_op_misses(op), LPH_OP_A_PAD) ||
	    put_backend(msg, LPH_OP_A_BACKEND, op->fn) ||
	    put_bodies(msg, LPH_OP_A_BODIES, op->fn, op, &hits) ||
	    nla_put_u64_64bit(msg, LPH_OP_A_HITS, hits, LPH_OP_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_ops(struct sk_buff *msg, const struct lph_function *fn)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_FUNCTION_A_OPS);
	const struct lph_op *op;
	int index = 1;

	if (!nest)
		return -EMSGSIZE;
	list_for_each_entry(op, &fn->ops, node) {
		struct nlattr *entry = nla_nest_start(msg, index++);

		if (!entry || put_op_brief(msg, op))
			return -EMSGSIZE;
		nla_nest_end(msg, entry);
	}
	nla_nest_end(msg, nest);
	return 0;
}

int lph_nl_put_function(struct sk_buff *msg, const struct lph_function *fn)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_FUNCTION);
	const struct lph_redirect *winner = lph_patch_winner(fn, false);
	const struct lph_op *first = NULL;
	u64 hits;

	if (!list_empty(&fn->ops))
		first = list_first_entry(&fn->ops, struct lph_op, node);
	if (!nest || put_symbol(msg, &fn->symbol) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_STATE, fn->state) ||
	    put_backend(msg, LPH_FUNCTION_A_BACKEND, fn) ||
	    put_ops(msg, fn) || put_bodies(msg, LPH_FUNCTION_A_BODIES, fn, first, &hits) ||
	    nla_put_string(msg, LPH_FUNCTION_A_BODY,
			   winner ? lph_patch_name(winner->patch) : LPH_BODY_ORIGINAL))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_phases(struct sk_buff *msg, const struct lph_transition *transition)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_TRANSITION_A_PHASES);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < transition->phase_count; i++) {
		struct nlattr *entry = nla_nest_start(msg, i + 1);

		if (!entry ||
		    nla_put_u32(msg, LPH_PHASE_A_PHASE, transition->phases[i].phase) ||
		    nla_put_u64_64bit(msg, LPH_PHASE_A_AT,
				      ktime_to_ns(transition->phases[i].at), LPH_PHASE_A_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, entry);
	}
	nla_nest_end(msg, nest);
	return 0;
}

static u64 taken(const struct lph_traps *traps)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < LPH_CONTEXTS; i++)
		sum += traps->taken[i];
	return sum;
}

static int put_switch(struct sk_buff *msg, const struct lph_switch *sw)
{
	if (nla_put_u32(msg, LPH_TRANSITION_A_CONSISTENCY, sw->consistency))
		return -EMSGSIZE;
	if (!sw->total)
		return 0;
	if (nla_put_u32(msg, LPH_TRANSITION_A_TASKS_TOTAL, sw->total) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_TASKS_REMAINING, sw->remaining))
		return -EMSGSIZE;
	return 0;
}

static int put_subject(struct sk_buff *msg, const struct lph_transition *transition)
{
	if (!lph_transition_is_patch(transition)) {
		if (nla_put_u32(msg, LPH_TRANSITION_A_OP, transition->op) ||
		    nla_put_u32(msg, LPH_TRANSITION_A_OPS, transition->op_count))
			return -EMSGSIZE;
		return lph_nl_put_symbol(msg, LPH_TRANSITION_A_FUNCTION, &transition->symbol);
	}
	if (*transition->patch &&
	    nla_put_string(msg, LPH_TRANSITION_A_PATCH, transition->patch))
		return -EMSGSIZE;
	return put_switch(msg, &transition->sw);
}

int lph_nl_put_transition(struct sk_buff *msg, const struct lph_transition *transition)
{
	const struct lph_traps *traps = &transition->traps;
	const struct lph_op *op = lph_op_by_id(transition->op);
	struct nlattr *nest = nla_nest_start(msg, LPH_A_TRANSITION);

	if (!nest ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_ID, transition->id, LPH_TRANSITION_A_PAD) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_KIND, transition->kind) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_STATE, transition->state) ||
	    put_subject(msg, transition) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_STRATEGY, transition->strategy) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_QUEUED_AT,
			      ktime_to_ns(transition->queued_at), LPH_TRANSITION_A_PAD) ||
	    put_phases(msg, transition) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_TRAPS, taken(traps), LPH_TRANSITION_A_PAD) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_MAX_DEPTH, traps->max_depth) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_OVERFLOWS, traps->overflows,
			      LPH_TRANSITION_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_LAPSES, traps->lapses,
			      LPH_TRANSITION_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_LONGEST_STOP, transition->longest_stop,
			      LPH_TRANSITION_A_PAD) ||
	    (op && put_backend(msg, LPH_TRANSITION_A_BACKEND, op->fn)))
		return -EMSGSIZE;
	if (transition->state == LPH_TRANSITION_FAILED &&
	    (nla_put_u32(msg, LPH_TRANSITION_A_ERRNO, -transition->errno) ||
	     nla_put_string(msg, LPH_TRANSITION_A_MESSAGE, transition->error.text)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_strategies(struct sk_buff *msg, const struct lph_traps *traps)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_INFO_A_STRATEGIES);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		if (nla_put_u64_64bit(msg, i + 1, traps->by_strategy[i], 0))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int lph_nl_put_info(struct sk_buff *msg)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_INFO);
	struct lph_traps traps;

	lockdep_assert_held(&lph_lock);
	lph_traps_read(&traps);
	if (!nest ||
	    nla_put_string(msg, LPH_INFO_A_VERSION, LIVEPATCHD_VERSION) ||
	    nla_put_u32(msg, LPH_INFO_A_TRAMPOLINES, lph_arch_trampolines()) ||
	    nla_put_u32(msg, LPH_INFO_A_TRAMPOLINES_USED, lph_function_count(LPH_BACKEND_DIRECT)) ||
	    nla_put_u32(msg, LPH_INFO_A_SHARED, lph_function_count(LPH_BACKEND_SHARED)) ||
	    nla_put_u32(msg, LPH_INFO_A_OPS, lph_op_count()) ||
	    nla_put_u32(msg, LPH_INFO_A_STRATEGY, LPH_STRATEGY_SLOTS) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRANSITION, lph_transition_running(),
			      LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRAPS_TASK,
			      traps.taken[LPH_CONTEXT_TASK], LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRAPS_SOFTIRQ,
			      traps.taken[LPH_CONTEXT_SOFTIRQ], LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRAPS_HARDIRQ,
			      traps.taken[LPH_CONTEXT_HARDIRQ], LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRAPS_NMI,
			      traps.taken[LPH_CONTEXT_NMI], LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_TRAPS_STALE, traps.stale, LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_OVERFLOWS, traps.overflows, LPH_INFO_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_INFO_A_LAPSES, traps.lapses, LPH_INFO_A_PAD) ||
	    nla_put_u32(msg, LPH_INFO_A_MAX_DEPTH, lph_transition_max_depth()) ||
	    put_strategies(msg, &traps))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* ---------------------------------------------------------------- patches */

/* Does @patch have the body that calls of this function run? */
static bool patched(const struct lph_loaded_patch *patch, const struct lph_patch_func *func,
		    const char *module)
{
	const struct lph_redirect *redirect;

	list_for_each_entry(redirect, &patch->redirects, in_patch) {
		const struct lph_symbol *symbol = &redirect->fn->symbol;

		if (redirect->body == (unsigned long)func->new_func &&
		    !strcmp(symbol->name, func->old_name) && !strcmp(symbol->module, module))
			return redirect->fn->choice.body[LPH_NEW] == redirect->body;
	}
	return false;
}

static int put_func(struct sk_buff *msg, int index, const struct lph_loaded_patch *patch,
		    const struct lph_patch_func *func, const char *module)
{
	struct nlattr *nest = nla_nest_start(msg, index);

	if (!nest || nla_put_string(msg, LPH_FUNCTION_A_SYMBOL, func->old_name) ||
	    nla_put_string(msg, LPH_FUNCTION_A_MODULE, module) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_SYMPOS, func->old_sympos) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_PATCHED, patched(patch, func, module)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_funcs(struct sk_buff *msg, const struct lph_loaded_patch *patch)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_PATCH_A_FUNCTIONS);
	const struct lph_patch_object *obj;
	const struct lph_patch_func *func;
	int index = 1;

	if (!nest)
		return -EMSGSIZE;
	for (obj = patch->patch->objs; obj->funcs; obj++)
		for (func = obj->funcs; func->old_name; func++)
			if (put_func(msg, index++, patch, func, obj->name ?: LPH_VMLINUX))
				return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * lph_nl_patch_fits() - can all of a patch be told in one attribute?
 * @patch: well formed
 *
 * Return: true; false: it has too many functions, some 900.
 */
bool lph_nl_patch_fits(const struct lph_patch *patch)
{
	/* What lph_nl_put_patch() and put_funcs() put besides. */
	size_t size = 3 * NLA_HDRLEN + nla_total_size(LPH_MODULE_LEN) +
		      2 * nla_total_size(sizeof(u32));
	const struct lph_patch_object *obj;
	const struct lph_patch_func *func;

	for (obj = patch->objs; obj->funcs; obj++)
		for (func = obj->funcs; func->old_name; func++)
			size += NLA_HDRLEN + nla_total_size(strlen(func->old_name) + 1) +
				nla_total_size(strlen(obj->name ?: LPH_VMLINUX) + 1) +
				2 * nla_total_size(sizeof(u32));
	return size <= U16_MAX;
}

int lph_nl_put_patch_brief(struct sk_buff *msg, const struct lph_loaded_patch *patch,
			   enum lph_patch_state state)
{
	if (nla_put_string(msg, LPH_PATCH_A_NAME, lph_patch_name(patch)) ||
	    nla_put_u32(msg, LPH_PATCH_A_STATE, state))
		return -EMSGSIZE;
	return 0;
}

int lph_nl_put_patch(struct sk_buff *msg, const void *item)
{
	const struct lph_loaded_patch *patch = item;
	struct nlattr *nest = nla_nest_start(msg, LPH_A_PATCH);

	if (!nest || lph_nl_put_patch_brief(msg, patch, patch->state) ||
	    nla_put_u32(msg, LPH_PATCH_A_ORDER, lph_patch_place(patch)) ||
	    put_funcs(msg, patch))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int lph_nl_put_blocker(struct sk_buff *msg, const void *item)
{
	const struct lph_blocker *blocker = item;
	struct nlattr *nest = nla_nest_start(msg, LPH_A_BLOCKER);
	char symbol[KSYM_SYMBOL_LEN];

	if (!nest || nla_put_u32(msg, LPH_BLOCKER_A_PID, blocker->pid) ||
	    nla_put_u32(msg, LPH_BLOCKER_A_TID, blocker->tid) ||
	    nla_put_string(msg, LPH_BLOCKER_A_COMM, blocker->comm) ||
	    nla_put_u32(msg, LPH_BLOCKER_A_REASON, blocker->reason))
		return -EMSGSIZE;
	if (blocker->reason == LPH_BLOCKED_STACK) {
		snprintf(symbol, sizeof(symbol), "%ps", (void *)blocker->addr);
		if (nla_put_string(msg, LPH_BLOCKER_A_SYMBOL, symbol))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}
