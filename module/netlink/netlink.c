// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "livepatchd", as <linux/livepatch_helper.h> specifies
 * it. Only this folder sees attributes.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "function.h"
#include "kinds/kind.h"
#include "locking.h"
#include "netlink/internal.h"
#include "netlink/netlink.h"
#include "op.h"
#include "transition.h"

enum { EVENTS };

/* --------------------------------------------------------------- replies */

static int get_info(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;
	int r = -EMSGSIZE;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put_reply(msg, info, &lph_nl_family, 0, LPH_CMD_GET_INFO);
	if (header) {
		mutex_lock(&lph_lock);
		r = lph_nl_put_info(msg);
		mutex_unlock(&lph_lock);
	}
	if (r) {
		nlmsg_free(msg);
		return r;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static int put_op_id(struct sk_buff *msg, const struct lph_op *op)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_OP);

	if (!nest || nla_put_u32(msg, LPH_OP_A_ID, op->id))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static struct nlattr *reserve_transition_id(struct sk_buff *msg)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_TRANSITION);
	struct nlattr *id;

	if (!nest)
		return NULL;
	id = nla_reserve_64bit(msg, LPH_TRANSITION_A_ID, sizeof(u64), LPH_TRANSITION_A_PAD);
	if (id)
		nla_nest_end(msg, nest);
	return id;
}

/**
 * lph_nl_answer_new() - make all of what a change is answered, but for its id
 * @info: the request
 * @op: what it changes, or NULL
 * @answer: filled; for lph_nl_answer_send(), once the change is queued, or _drop()
 *
 * Nothing of an answer can fail then, so that a request that was answered with an
 * error changed nothing. Ids only: everything else comes with the events.
 *
 * Return: 0, or as lph_nl_refuse().
 */
int lph_nl_answer_new(struct genl_info *info, const struct lph_op *op,
		      struct lph_nl_answer *answer)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return lph_nl_refuse(info, -ENOMEM, "out of memory");
	answer->msg = msg;
	answer->header = genlmsg_put_reply(msg, info, &lph_nl_family, 0, info->genlhdr->cmd);
	if (!answer->header || (op && put_op_id(msg, op)))
		goto no_room;
	answer->transition = reserve_transition_id(msg);
	if (!answer->transition)
		goto no_room;
	genlmsg_end(msg, answer->header);
	return 0;

no_room:
	/* A page holds two ids. */
	WARN_ON_ONCE(1);
	nlmsg_free(msg);
	return lph_nl_refuse(info, -EMSGSIZE, "the answer does not fit into a message");
}

void lph_nl_answer_drop(struct lph_nl_answer *answer)
{
	nlmsg_free(answer->msg);
}

/**
 * lph_nl_answer_send() - answer a change
 * @info: the request
 * @answer: given away
 * @transition: id of its transition, which is queued
 */
void lph_nl_answer_send(struct genl_info *info, struct lph_nl_answer *answer, u64 transition)
{
	memcpy(nla_data(answer->transition), &transition, sizeof(transition));
	/* Where the sender's buffer is full, its socket tells that (ENOBUFS): no error of ours. */
	genlmsg_reply(answer->msg, info);
}

/* Queues a change of @op. Unless it returns 0, @variant is still the caller's. */
static int queue_change(struct genl_info *info, enum lph_transition_kind kind,
			struct lph_op *op, struct lph_op *variant, enum lph_strategy strategy)
{
	struct lph_transition *transition;
	struct lph_nl_answer answer;
	int r;

	lockdep_assert_held(&lph_lock);
	r = lph_nl_answer_new(info, op, &answer);
	if (r)
		return r;
	transition = lph_transition_of_op(kind, op, strategy);
	if (!transition) {
		lph_nl_answer_drop(&answer);
		return lph_nl_refuse(info, -ENOMEM, "out of memory");
	}
	transition->variant = variant;
	lph_transition_queue(transition);
	lph_nl_answer_send(info, &answer, transition->id);
	return 0;
}

/* -------------------------------------------------------------- requests */

/**
 * lph_nl_new_op() - a new op of the function that @symbol names
 * @symbol: the name
 * @spec: what it should be
 * @error: filled on failure
 *
 * Context: lph_lock. The caller queues its transition.
 * Return: the op, or an error pointer as described at LPH_CMD_ADD_OP.
 */
struct lph_op *lph_nl_new_op(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
			     struct lph_error *error)
{
	struct lph_function *fn;
	struct lph_op *op;
	int r;

	r = spec->kind == LPH_KIND_LATENCY ? lph_latency_check(symbol, spec, error) : 0;
	if (r)
		return ERR_PTR(r);
	fn = lph_function_get(symbol, false, error);
	if (IS_ERR(fn))
		return ERR_CAST(fn);
	if (list_count_nodes(&fn->ops) >= LPH_OPS_PER_FUNCTION) {
		r = lph_error(error, -ENOSPC,
			      "the function has as many ops as it can: remove one first");
		return ERR_PTR(r);
	}
	op = lph_op_new(fn, spec);
	if (!op) {
		lph_function_put(fn);
		return ERR_PTR(lph_error(error, -ENOMEM, "out of memory"));
	}
	return op;
}

static int add_op_locked(struct genl_info *info, const struct lph_symbol *symbol,
			 const struct lph_op_spec *spec, enum lph_strategy strategy)
{
	struct lph_error error = {};
	struct lph_function *fn;
	struct lph_op *op;
	int r;

	op = lph_nl_new_op(symbol, spec, &error);
	if (IS_ERR(op))
		return lph_nl_say(info, &error, PTR_ERR(op));
	r = queue_change(info, LPH_TRANSITION_ADD, op, NULL, strategy);
	if (r) {
		fn = op->fn;
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
	struct lph_op_spec spec;
	int r;

	r = lph_nl_require_admin(skb, info);
	if (r)
		return r;
	r = lph_nl_parse_op(info, tb);
	if (r)
		return r;
	if (!tb[LPH_OP_A_FUNCTION] || !tb[LPH_OP_A_KIND])
		return lph_nl_refuse(info, -EINVAL, "LPH_OP_A_FUNCTION or LPH_OP_A_KIND is missing");
	r = lph_nl_parse_symbol(info, tb[LPH_OP_A_FUNCTION], &symbol);
	if (r)
		return r;
	r = lph_nl_parse_transition(info, &strategy);
	if (r)
		return r;
	r = lph_nl_parse_spec(info, tb, &spec);
	if (r)
		return r;

	mutex_lock(&lph_lock);
	r = add_op_locked(info, &symbol, &spec, strategy);
	mutex_unlock(&lph_lock);
	lph_nl_end_spec(&spec);
	return r;
}

/**
 * lph_nl_mark_removed() - note that an op is to be removed
 * @op: the op, or NULL where there is none of the id
 * @error: filled on failure
 *
 * Context: lph_lock. The caller queues its transition.
 * Return: 0, -ENOENT or -EALREADY.
 */
int lph_nl_mark_removed(struct lph_op *op, struct lph_error *error)
{
	if (!op)
		return lph_error(error, -ENOENT, "there is no op of this id");
	if (op->state == LPH_OP_REMOVING)
		return lph_error(error, -EALREADY, "this op is being removed already");
	op->state = LPH_OP_REMOVING;
	return 0;
}

static int del_op_locked(struct genl_info *info, u32 id, enum lph_strategy strategy)
{
	struct lph_op *op = lph_op_by_id(id);
	struct lph_error error;
	int r;

	r = lph_nl_mark_removed(op, &error);
	if (r)
		return lph_nl_say(info, &error, r);
	r = queue_change(info, LPH_TRANSITION_REMOVE, op, NULL, strategy);
	if (r)
		op->state = op->runs ? LPH_OP_ATTACHED : LPH_OP_QUEUED;
	return r;
}

/* A request that is about an op that there is, in attributes @tb. */
static int parse_present(struct sk_buff *skb, struct genl_info *info, struct nlattr **tb,
			 enum lph_strategy *strategy)
{
	int r = lph_nl_require_admin(skb, info);

	if (r)
		return r;
	r = lph_nl_parse_op(info, tb);
	if (r)
		return r;
	if (!tb[LPH_OP_A_ID])
		return lph_nl_refuse(info, -EINVAL, "LPH_OP_A_ID is missing");
	return lph_nl_parse_transition(info, strategy);
}

static int del_op(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	enum lph_strategy strategy;
	int r;

	r = parse_present(skb, info, tb, &strategy);
	if (r)
		return r;

	mutex_lock(&lph_lock);
	r = del_op_locked(info, nla_get_u32(tb[LPH_OP_A_ID]), strategy);
	mutex_unlock(&lph_lock);
	return r;
}

static int change_op_locked(struct genl_info *info, struct nlattr **tb,
			    const struct lph_op_spec *wanted, enum lph_strategy strategy)
{
	struct lph_op *op = lph_op_by_id(nla_get_u32(tb[LPH_OP_A_ID])), *variant;
	struct lph_op_spec spec = *wanted;
	struct lph_error error;
	int r;

	if (!op)
		return lph_nl_refuse(info, -ENOENT, "there is no op of this id");
	if (op->state == LPH_OP_REMOVING)
		return lph_nl_refuse(info, -EALREADY, "this op is being removed already");
	if (op->changing)
		return lph_nl_refuse(info, -EBUSY,
				     "another change of this op has not settled: wait until it has");
	lph_nl_fill_spec(op, tb, &spec);
	r = spec.kind == LPH_KIND_LATENCY && !op->latency ?
		    lph_latency_check(&op->fn->symbol, &spec, &error) :
		    0;
	if (r)
		return lph_nl_say(info, &error, r);
	variant = lph_op_variant(op, &spec);
	if (!variant)
		return lph_nl_refuse(info, -ENOMEM, "out of memory");
	r = queue_change(info, LPH_TRANSITION_CHANGE, op, variant, strategy);
	if (r)
		lph_op_drop_variant(variant);
	else
		op->changing = true;
	return r;
}

static int change_op(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	enum lph_strategy strategy;
	struct lph_op_spec spec;
	int r;

	r = parse_present(skb, info, tb, &strategy);
	if (r)
		return r;
	if (tb[LPH_OP_A_FUNCTION])
		return lph_nl_refuse(info, -EINVAL,
				     "an op stays on its function: add one to the other");
	r = lph_nl_parse_spec(info, tb, &spec);
	if (r)
		return r;

	mutex_lock(&lph_lock);
	r = change_op_locked(info, tb, &spec, strategy);
	mutex_unlock(&lph_lock);
	lph_nl_end_spec(&spec);
	return r;
}

/* ----------------------------------------------------------------- dumps */

/*
 * What a dump returns that stopped with @r: an item that does not fit goes into the
 * next message; if not even into an empty one, the dump fails, and does not end as if
 * that were all.
 */
int lph_nl_dump_end(const struct sk_buff *msg, int r)
{
	return msg->len ?: r;
}

/*
 * Puts one message with @item as @put writes it into a dump that goes on after
 * the last id in cb->args[0]. Return: -EMSGSIZE where it did not fit, for
 * lph_nl_dump_end().
 */
int lph_nl_dump_one(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd, u64 id,
		    int (*put)(struct sk_buff *msg, const void *item), const void *item)
{
	void *header;

	if (id <= (u64)cb->args[0])
		return 0;
	header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &lph_nl_family,
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
	return lph_nl_put_op(msg, item);
}

static int put_function_item(struct sk_buff *msg, const void *item)
{
	return lph_nl_put_function(msg, item);
}

static int put_transition_item(struct sk_buff *msg, const void *item)
{
	return lph_nl_put_transition(msg, item);
}

static int start_ops(struct netlink_callback *cb)
{
	cb->min_dump_alloc = lph_nl_op_room();
	return 0;
}

static int start_functions(struct netlink_callback *cb)
{
	cb->min_dump_alloc = lph_nl_function_room();
	return 0;
}

static int dump_ops(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_op *op;
	int r = 0;

	mutex_lock(&lph_lock);
	while (!r && (op = lph_op_behind(cb->args[0])))
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_OP, op->id, put_op_item, op);
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}

static int dump_functions(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_function *fn;
	int r = 0;

	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node) {
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_FUNCTION, fn->id, put_function_item, fn);
		if (r)
			break;
	}
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}

static int dump_transitions(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_transition *transition;
	int r = 0;

	mutex_lock(&lph_lock);
	list_for_each_entry(transition, &lph_transitions, node) {
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_TRANSITION, transition->id,
				    put_transition_item, transition);
		if (r)
			break;
	}
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}

/* ---------------------------------------------------------------- events */

void *lph_nl_event_start(struct sk_buff **ret_msg, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return NULL;
	header = genlmsg_put(msg, 0, 0, &lph_nl_family, 0, cmd);
	if (!header) {
		nlmsg_free(msg);
		return NULL;
	}
	*ret_msg = msg;
	return header;
}

/* A subscriber that misses an event sees it by the ids, and dumps. */
void lph_nl_event_send(struct sk_buff *msg, void *header, int r)
{
	if (r) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast(&lph_nl_family, msg, 0, EVENTS, GFP_KERNEL);
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
	void *header = lph_nl_event_start(&msg, LPH_CMD_TRANSITION_EVENT);

	lockdep_assert_held(&lph_lock);
	if (header)
		lph_nl_event_send(msg, header, lph_nl_put_transition(msg, transition));
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
	void *header = lph_nl_event_start(&msg, LPH_CMD_OP_GONE_EVENT);
	int r = -EMSGSIZE;

	lockdep_assert_held(&lph_lock);
	if (!header)
		return;
	nest = nla_nest_start(msg, LPH_A_OP);
	if (nest && !nla_put_u32(msg, LPH_OP_A_ID, op->id) &&
	    !lph_nl_put_symbol(msg, LPH_OP_A_FUNCTION, &op->fn->symbol)) {
		nla_nest_end(msg, nest);
		r = 0;
	}
	lph_nl_event_send(msg, header, r);
}

/* ---------------------------------------------------------------- family */

#define BULK							\
	.dumpit = lph_nl_tell_bulk, .done = lph_nl_end_bulk,	\
	.policy = lph_nl_bulk_policy, .maxattr = LPH_A_MAX

static const struct genl_ops ops[] = {
	{ .cmd = LPH_CMD_GET_INFO, .doit = get_info },
	{ .cmd = LPH_CMD_ADD_OP, .doit = add_op },
	{ .cmd = LPH_CMD_DEL_OP, .doit = del_op },
	{ .cmd = LPH_CMD_CHANGE_OP, .doit = change_op },
	{ .cmd = LPH_CMD_ADD_OPS, .start = lph_nl_add_ops, BULK },
	{ .cmd = LPH_CMD_DEL_OPS, .start = lph_nl_del_ops, BULK },
	{ .cmd = LPH_CMD_GET_OP, .start = start_ops, .dumpit = dump_ops },
	{ .cmd = LPH_CMD_GET_FUNCTION, .start = start_functions, .dumpit = dump_functions },
	{ .cmd = LPH_CMD_GET_TRANSITION, .dumpit = dump_transitions },
	{ .cmd = LPH_CMD_APPLY_PATCH, .doit = lph_nl_apply_patch },
	{ .cmd = LPH_CMD_REMOVE_PATCH, .doit = lph_nl_remove_patch },
	{ .cmd = LPH_CMD_ORDER_PATCHES, .doit = lph_nl_order_patches },
	{ .cmd = LPH_CMD_CANCEL_TRANSITION, .doit = lph_nl_cancel_transition },
	{
		.cmd = LPH_CMD_GET_PATCH,
		.start = lph_nl_start_patches,
		.dumpit = lph_nl_dump_patches,
	},
	{
		.cmd = LPH_CMD_GET_BLOCKER,
		.start = lph_nl_start_blockers,
		.dumpit = lph_nl_dump_blockers,
	},
	{
		.cmd = LPH_CMD_GET_STACK,
		.start = lph_nl_start_stacks,
		.dumpit = lph_nl_dump_stacks,
		.done = lph_nl_end_stacks,
		.policy = lph_nl_stack_policy,
		.maxattr = LPH_A_MAX,
	},
};

static const struct genl_multicast_group groups[] = {
	[EVENTS] = { .name = LPH_GENL_MCGRP_EVENTS },
};

struct genl_family lph_nl_family __ro_after_init = {
	.name = LPH_GENL_NAME,
	.version = LPH_GENL_VERSION,
	.module = THIS_MODULE,
	.maxattr = LPH_A_MAX,
	.policy = lph_nl_policy,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	/* Of every command, what is reserved in the headers must be 0. */
	.resv_start_op = LPH_CMD_UNSPEC,
	/* lph_lock protects what handlers touch; a look-up may take a while. */
	.parallel_ops = true,
};

int __init lph_netlink_init(void)
{
	return genl_register_family(&lph_nl_family);
}

void lph_netlink_exit(void)
{
	genl_unregister_family(&lph_nl_family);
}
