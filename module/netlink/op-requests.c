// SPDX-License-Identifier: GPL-2.0-only
/* Requests about one op, and the dump of all. */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>

#include "function-table.h"
#include "function.h"
#include "kinds/returns.h"
#include "locking.h"
#include "netlink/message.h"
#include "netlink/op-requests.h"
#include "netlink/parse.h"
#include "netlink/put.h"
#include "op-table.h"
#include "op.h"
#include "transition-queue.h"
#include "transition.h"

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

int lph_nl_add_op(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	enum lph_strategy strategy;
	struct lph_symbol symbol;
	struct lph_op_spec spec;
	int r;

	r = lph_nl_require_tracing(skb, info);
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
	int r = lph_nl_require_tracing(skb, info);

	if (r)
		return r;
	r = lph_nl_parse_op(info, tb);
	if (r)
		return r;
	if (!tb[LPH_OP_A_ID])
		return lph_nl_refuse(info, -EINVAL, "LPH_OP_A_ID is missing");
	return lph_nl_parse_transition(info, strategy);
}

int lph_nl_del_op(struct sk_buff *skb, struct genl_info *info)
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

int lph_nl_change_op(struct sk_buff *skb, struct genl_info *info)
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

static int put_op_item(struct sk_buff *msg, const void *item)
{
	return lph_nl_put_op(msg, item);
}

int lph_nl_start_op_dump(struct netlink_callback *cb)
{
	cb->min_dump_alloc = lph_nl_op_room();
	return 0;
}

int lph_nl_dump_ops(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_op *op;
	int r = 0;

	mutex_lock(&lph_lock);
	while (!r && (op = lph_op_behind(cb->args[0])))
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_OP, op->id, put_op_item, op);
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}
