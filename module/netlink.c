// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "livepatchd", as <linux/livepatch_helper.h> specifies
 * it. The only file that sees attributes.
 */
#include <linux/capability.h>
#include <linux/kallsyms.h>
#include <linux/netlink.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "../include/version.h"
#include "arch.h"
#include "function.h"
#include "netlink.h"
#include "op.h"
#include "transition.h"

static struct genl_family family;

enum { EVENTS };

static const struct nla_policy function_policy[LPH_FUNCTION_A_MAX + 1] = {
	[LPH_FUNCTION_A_SYMBOL] = { .type = NLA_NUL_STRING, .len = LPH_SYMBOL_LEN - 1 },
	[LPH_FUNCTION_A_MODULE] = { .type = NLA_NUL_STRING, .len = LPH_MODULE_LEN - 1 },
	[LPH_FUNCTION_A_SYMPOS] = { .type = NLA_U32 },
};

static const struct nla_policy op_policy[LPH_OP_A_MAX + 1] = {
	[LPH_OP_A_ID] = { .type = NLA_U32 },
	[LPH_OP_A_FUNCTION] = NLA_POLICY_NESTED(function_policy),
	[LPH_OP_A_KIND] = NLA_POLICY_MAX(NLA_U32, LPH_KIND_MAX),
	[LPH_OP_A_PRIORITY] = { .type = NLA_S32 },
};

static const struct nla_policy transition_policy[LPH_TRANSITION_A_MAX + 1] = {
	[LPH_TRANSITION_A_STRATEGY] = NLA_POLICY_MAX(NLA_U32, LPH_STRATEGY_MAX),
};

static const struct nla_policy policy[LPH_A_MAX + 1] = {
	[LPH_A_OP] = NLA_POLICY_NESTED(op_policy),
	[LPH_A_TRANSITION] = NLA_POLICY_NESTED(transition_policy),
};

/*
 * Hands @error's words to the sender. Before 6.2 an extack has no room for a
 * text that is not constant, and later on only 80 bytes; so it points to one
 * of these, used in turn: the acknowledgment is built as soon as the handler
 * has returned, while genl's lock still keeps this module in.
 */
static int say(struct genl_info *info, const struct lph_error *error, int r)
{
	static struct lph_error said[64];
	static atomic_t turn;
	struct lph_error *copy = &said[(unsigned int)atomic_inc_return(&turn) % ARRAY_SIZE(said)];

	*copy = *error;
	if (info->extack)
		info->extack->_msg = copy->text;
	return r;
}

static int refuse(struct genl_info *info, int r, const char *why)
{
	struct lph_error error;

	strscpy(error.text, why, sizeof(error.text));
	return say(info, &error, r);
}

static int require_admin(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_MODULE))
		return 0;
	return refuse(info, -EPERM,
		      "changing what runs needs CAP_SYS_MODULE in the initial user namespace");
}

/* ------------------------------------------------------------- encoding */

/* Only symbol, module and sympos: how a function is named. */
static int put_symbol(struct sk_buff *msg, const struct lph_symbol *symbol)
{
	if (nla_put_string(msg, LPH_FUNCTION_A_SYMBOL, symbol->name) ||
	    nla_put_string(msg, LPH_FUNCTION_A_MODULE, symbol->module) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_SYMPOS, symbol->sympos))
		return -EMSGSIZE;
	return 0;
}

static int put_symbol_nest(struct sk_buff *msg, int attr, const struct lph_symbol *symbol)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || put_symbol(msg, symbol))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_body(struct sk_buff *msg, int index, const char *name, u64 hits)
{
	struct nlattr *nest = nla_nest_start(msg, index);

	if (!nest || nla_put_string(msg, LPH_BODY_A_NAME, name) ||
	    nla_put_u64_64bit(msg, LPH_BODY_A_HITS, hits, LPH_BODY_A_PAD))
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

/* The bodies of @fn, with the hits of @op, which may be NULL. */
static int put_bodies(struct sk_buff *msg, int attr, const struct lph_function *fn,
		      const struct lph_op *op)
{
	struct nlattr *nest = nla_nest_start(msg, attr);
	char buf[KSYM_SYMBOL_LEN];
	const char *name;
	unsigned int i;
	u64 hits;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i <= LPH_BODY_OTHER_INDEX; i++) {
		name = lph_body_name(fn, i, buf);
		if (!name || !sum_hits(fn, op, i, name, &hits))
			continue;
		if (!hits && i != LPH_BODY_ORIGINAL_INDEX)
			continue;
		if (put_body(msg, i + 1, name, hits))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static u64 total_hits(const struct lph_op *op)
{
	unsigned int i;
	u64 hits = 0;

	for (i = 0; i <= LPH_BODY_OTHER_INDEX; i++)
		hits += lph_op_hits(op, i);
	return hits;
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

static int put_op(struct sk_buff *msg, const struct lph_op *op)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_OP);

	if (!nest || put_op_brief(msg, op) ||
	    put_symbol_nest(msg, LPH_OP_A_FUNCTION, &op->fn->symbol) ||
	    nla_put_u64_64bit(msg, LPH_OP_A_HITS, total_hits(op), LPH_OP_A_PAD) ||
	    put_bodies(msg, LPH_OP_A_BODIES, op->fn, op))
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

static int put_function(struct sk_buff *msg, const struct lph_function *fn)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_FUNCTION);
	const struct lph_op *first = NULL;

	if (!list_empty(&fn->ops))
		first = list_first_entry(&fn->ops, struct lph_op, node);
	if (!nest || put_symbol(msg, &fn->symbol) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_STATE, fn->state) ||
	    nla_put_u32(msg, LPH_FUNCTION_A_BACKEND, LPH_BACKEND_DIRECT) ||
	    put_ops(msg, fn) || put_bodies(msg, LPH_FUNCTION_A_BODIES, fn, first))
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

static int put_transition(struct sk_buff *msg, const struct lph_transition *transition)
{
	const struct lph_traps *traps = &transition->traps;
	struct nlattr *nest = nla_nest_start(msg, LPH_A_TRANSITION);

	if (!nest ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_ID, transition->id, LPH_TRANSITION_A_PAD) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_KIND, transition->kind) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_STATE, transition->state) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_OP, transition->op) ||
	    put_symbol_nest(msg, LPH_TRANSITION_A_FUNCTION, &transition->symbol) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_STRATEGY, transition->strategy) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_QUEUED_AT,
			      ktime_to_ns(transition->queued_at), LPH_TRANSITION_A_PAD) ||
	    put_phases(msg, transition) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_TRAPS, taken(traps), LPH_TRANSITION_A_PAD) ||
	    nla_put_u32(msg, LPH_TRANSITION_A_MAX_DEPTH, traps->max_depth) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_OVERFLOWS, traps->overflows,
			      LPH_TRANSITION_A_PAD) ||
	    nla_put_u64_64bit(msg, LPH_TRANSITION_A_LAPSES, traps->lapses,
			      LPH_TRANSITION_A_PAD))
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

static int put_info(struct sk_buff *msg)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_INFO);
	struct lph_traps traps;

	lockdep_assert_held(&lph_lock);
	lph_traps_read(&traps);
	if (!nest ||
	    nla_put_string(msg, LPH_INFO_A_VERSION, LIVEPATCHD_VERSION) ||
	    nla_put_u32(msg, LPH_INFO_A_TRAMPOLINES, lph_arch_trampolines()) ||
	    nla_put_u32(msg, LPH_INFO_A_TRAMPOLINES_USED, lph_function_count()) ||
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

/* --------------------------------------------------------------- replies */

static int get_info(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int r = -EMSGSIZE;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put_reply(msg, info, &family, 0, LPH_CMD_GET_INFO);
	if (header) {
		mutex_lock(&lph_lock);
		r = put_info(msg);
		mutex_unlock(&lph_lock);
	}
	if (r) {
		nlmsg_free(msg);
		return r;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

/* What a change answers: ids only, everything else comes with the events. */
static int put_ids(struct sk_buff *msg, const struct lph_op *op, u64 transition)
{
	struct nlattr *nest;

	nest = nla_nest_start(msg, LPH_A_OP);
	if (!nest || nla_put_u32(msg, LPH_OP_A_ID, op->id))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, LPH_A_TRANSITION);
	if (!nest || nla_put_u64_64bit(msg, LPH_TRANSITION_A_ID, transition,
				       LPH_TRANSITION_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/*
 * Queues a change of @op with its answer made beforehand, so that a change
 * never happens unanswered.
 */
static int queue_change(struct genl_info *info, enum lph_transition_kind kind,
			struct lph_op *op, enum lph_strategy strategy)
{
	struct lph_transition *transition;
	struct sk_buff *msg;
	void *header;

	lockdep_assert_held(&lph_lock);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return refuse(info, -ENOMEM, "out of memory");
	transition = lph_transition_new(kind, op, strategy);
	if (!transition) {
		nlmsg_free(msg);
		return refuse(info, -ENOMEM, "out of memory");
	}
	lph_transition_queue(transition);
	header = genlmsg_put_reply(msg, info, &family, 0, info->genlhdr->cmd);
	if (WARN_ON_ONCE(!header || put_ids(msg, op, transition->id))) {
		/* A page holds two ids. */
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

/* -------------------------------------------------------------- requests */

static int parse_symbol(struct genl_info *info, const struct nlattr *attr,
			struct lph_symbol *symbol)
{
	struct nlattr *tb[LPH_FUNCTION_A_MAX + 1];
	const char *module = LPH_VMLINUX;
	int r;

	r = nla_parse_nested(tb, LPH_FUNCTION_A_MAX, attr, function_policy, info->extack);
	if (r)
		return r;
	if (!tb[LPH_FUNCTION_A_SYMBOL])
		return refuse(info, -EINVAL, "LPH_FUNCTION_A_SYMBOL is missing");
	symbol->name = nla_data(tb[LPH_FUNCTION_A_SYMBOL]);
	symbol->sympos = 0;
	if (tb[LPH_FUNCTION_A_SYMPOS])
		symbol->sympos = nla_get_u32(tb[LPH_FUNCTION_A_SYMPOS]);
	if (tb[LPH_FUNCTION_A_MODULE])
		module = nla_data(tb[LPH_FUNCTION_A_MODULE]);
	strscpy(symbol->module, module, sizeof(symbol->module));
	return 0;
}

/* Parses LPH_A_OP into @tb, which is left alone on failure. */
static int parse_op(struct genl_info *info, struct nlattr **tb)
{
	if (!info->attrs[LPH_A_OP])
		return refuse(info, -EINVAL, "LPH_A_OP is missing");
	return nla_parse_nested(tb, LPH_OP_A_MAX, info->attrs[LPH_A_OP], op_policy,
				info->extack);
}

/* Parses what a request says of its transition. */
static int parse_transition(struct genl_info *info, enum lph_strategy *ret_strategy)
{
	struct nlattr *tb[LPH_TRANSITION_A_MAX + 1];
	const struct nlattr *attr = info->attrs[LPH_A_TRANSITION];
	int r;

	*ret_strategy = LPH_STRATEGY_SLOTS;
	if (!attr)
		return 0;
	r = nla_parse_nested(tb, LPH_TRANSITION_A_MAX, attr, transition_policy, info->extack);
	if (!r && tb[LPH_TRANSITION_A_STRATEGY])
		*ret_strategy = nla_get_u32(tb[LPH_TRANSITION_A_STRATEGY]);
	return r;
}

static int add_op_locked(struct genl_info *info, const struct lph_symbol *symbol,
			 enum lph_op_kind kind, s32 priority, enum lph_strategy strategy)
{
	struct lph_error error = {};
	struct lph_function *fn;
	struct lph_op *op;
	int r;

	fn = lph_function_get(symbol, &error);
	if (IS_ERR(fn))
		return say(info, &error, PTR_ERR(fn));
	if (list_count_nodes(&fn->ops) >= LPH_OPS_PER_FUNCTION)
		return refuse(info, -ENOSPC,
			      "the function has as many ops as it can: remove one first");

	op = lph_op_new(fn, kind, priority);
	if (!op) {
		lph_function_put(fn);
		return refuse(info, -ENOMEM, "out of memory");
	}
	r = queue_change(info, LPH_TRANSITION_ADD, op, strategy);
	if (r == -ENOMEM) {
		lph_op_leave(op);
		lph_function_put(fn);
	}
	return r;
}

static int add_op(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	enum lph_strategy strategy;
	struct lph_symbol symbol;
	int r;

	r = require_admin(skb, info);
	if (r)
		return r;
	r = parse_op(info, tb);
	if (r)
		return r;
	if (!tb[LPH_OP_A_FUNCTION] || !tb[LPH_OP_A_KIND])
		return refuse(info, -EINVAL, "LPH_OP_A_FUNCTION or LPH_OP_A_KIND is missing");
	r = parse_symbol(info, tb[LPH_OP_A_FUNCTION], &symbol);
	if (r)
		return r;
	r = parse_transition(info, &strategy);
	if (r)
		return r;

	mutex_lock(&lph_lock);
	r = add_op_locked(info, &symbol, nla_get_u32(tb[LPH_OP_A_KIND]),
			  tb[LPH_OP_A_PRIORITY] ? nla_get_s32(tb[LPH_OP_A_PRIORITY]) : 0,
			  strategy);
	mutex_unlock(&lph_lock);
	return r;
}

static int del_op_locked(struct genl_info *info, u32 id, enum lph_strategy strategy)
{
	enum lph_op_state was;
	struct lph_op *op;
	int r;

	op = lph_op_by_id(id);
	if (!op)
		return refuse(info, -ENOENT, "there is no op of this id");
	if (op->state == LPH_OP_REMOVING)
		return refuse(info, -EALREADY, "this op is being removed already");
	was = op->state;
	op->state = LPH_OP_REMOVING;
	r = queue_change(info, LPH_TRANSITION_REMOVE, op, strategy);
	if (r == -ENOMEM)
		op->state = was;
	return r;
}

static int del_op(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	enum lph_strategy strategy;
	int r;

	r = require_admin(skb, info);
	if (r)
		return r;
	r = parse_op(info, tb);
	if (r)
		return r;
	if (!tb[LPH_OP_A_ID])
		return refuse(info, -EINVAL, "LPH_OP_A_ID is missing");
	r = parse_transition(info, &strategy);
	if (r)
		return r;

	mutex_lock(&lph_lock);
	r = del_op_locked(info, nla_get_u32(tb[LPH_OP_A_ID]), strategy);
	mutex_unlock(&lph_lock);
	return r;
}

/* ----------------------------------------------------------------- dumps */

/*
 * Puts one message with @item as @put writes it into a dump that goes on after
 * the last id in cb->args[0]. Return: -EMSGSIZE where it did not fit.
 */
static int dump_one(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd, u64 id,
		    int (*put)(struct sk_buff *msg, const void *item), const void *item)
{
	void *header;

	if (id <= (u64)cb->args[0])
		return 0;
	header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			     NLM_F_MULTI, cmd);
	if (!header)
		return -EMSGSIZE;
	if (put(msg, item)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	cb->args[0] = id;
	return 0;
}

static int put_op_item(struct sk_buff *msg, const void *item)
{
	return put_op(msg, item);
}

static int put_function_item(struct sk_buff *msg, const void *item)
{
	return put_function(msg, item);
}

static int put_transition_item(struct sk_buff *msg, const void *item)
{
	return put_transition(msg, item);
}

/* The op with the lowest id above @after: ops are listed by function. */
static const struct lph_op *next_op(u64 after)
{
	const struct lph_op *op, *next = NULL;
	const struct lph_function *fn;

	list_for_each_entry(fn, &lph_functions, node)
		list_for_each_entry(op, &fn->ops, node)
			if (op->id > after && (!next || op->id < next->id))
				next = op;
	return next;
}

static int dump_ops(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_op *op;

	mutex_lock(&lph_lock);
	while ((op = next_op(cb->args[0])))
		if (dump_one(msg, cb, LPH_CMD_GET_OP, op->id, put_op_item, op))
			break;
	mutex_unlock(&lph_lock);
	return msg->len;
}

static int dump_functions(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_function *fn;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		if (dump_one(msg, cb, LPH_CMD_GET_FUNCTION, fn->id, put_function_item, fn))
			break;
	mutex_unlock(&lph_lock);
	return msg->len;
}

static int dump_transitions(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_transition *transition;

	mutex_lock(&lph_lock);
	list_for_each_entry(transition, &lph_transitions, node)
		if (dump_one(msg, cb, LPH_CMD_GET_TRANSITION, transition->id,
			     put_transition_item, transition))
			break;
	mutex_unlock(&lph_lock);
	return msg->len;
}

/* ---------------------------------------------------------------- events */

static void *event_start(struct sk_buff **ret_msg, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return NULL;
	header = genlmsg_put(msg, 0, 0, &family, 0, cmd);
	if (!header) {
		nlmsg_free(msg);
		return NULL;
	}
	*ret_msg = msg;
	return header;
}

/* A subscriber that misses an event sees it by the ids, and dumps. */
static void event_send(struct sk_buff *msg, void *header, int r)
{
	if (r) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast(&family, msg, 0, EVENTS, GFP_KERNEL);
}

/**
 * lph_netlink_transition() - tell subscribers of a new state
 * @transition: whose
 *
 * Context: lph_lock, so that events come in the order of the states.
 */
void lph_netlink_transition(const struct lph_transition *transition)
{
	struct sk_buff *msg;
	void *header = event_start(&msg, LPH_CMD_TRANSITION_EVENT);

	lockdep_assert_held(&lph_lock);
	if (header)
		event_send(msg, header, put_transition(msg, transition));
}

/**
 * lph_netlink_op_gone() - tell subscribers that an op left with its function
 * @op: which
 *
 * Context: lph_lock.
 */
void lph_netlink_op_gone(const struct lph_op *op)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *header = event_start(&msg, LPH_CMD_OP_GONE_EVENT);
	int r = -EMSGSIZE;

	lockdep_assert_held(&lph_lock);
	if (!header)
		return;
	nest = nla_nest_start(msg, LPH_A_OP);
	if (nest && !nla_put_u32(msg, LPH_OP_A_ID, op->id) &&
	    !put_symbol_nest(msg, LPH_OP_A_FUNCTION, &op->fn->symbol)) {
		nla_nest_end(msg, nest);
		r = 0;
	}
	event_send(msg, header, r);
}

/* ---------------------------------------------------------------- family */

static const struct genl_ops ops[] = {
	{ .cmd = LPH_CMD_GET_INFO, .doit = get_info },
	{ .cmd = LPH_CMD_ADD_OP, .doit = add_op },
	{ .cmd = LPH_CMD_DEL_OP, .doit = del_op },
	{ .cmd = LPH_CMD_GET_OP, .dumpit = dump_ops },
	{ .cmd = LPH_CMD_GET_FUNCTION, .dumpit = dump_functions },
	{ .cmd = LPH_CMD_GET_TRANSITION, .dumpit = dump_transitions },
};

static const struct genl_multicast_group groups[] = {
	[EVENTS] = { .name = LPH_GENL_MCGRP_EVENTS },
};

static struct genl_family family __ro_after_init = {
	.name = LPH_GENL_NAME,
	.version = LPH_GENL_VERSION,
	.module = THIS_MODULE,
	.maxattr = LPH_A_MAX,
	.policy = policy,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.resv_start_op = __LPH_CMD_MAX,
	/* lph_lock protects what handlers touch; a look-up may take a while. */
	.parallel_ops = true,
};

int __init lph_netlink_init(void)
{
	return genl_register_family(&family);
}

void lph_netlink_exit(void)
{
	genl_unregister_family(&family);
}
