// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of many ops in one transition. The request is a dump: what came of
 * each op is too much for one message, and a dump goes at the reader's pace.
 * All is done when it starts; what follows is telling.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "netlink/bulk-requests.h"
#include "netlink/message.h"
#include "netlink/op-requests.h"
#include "netlink/parse.h"
#include "op-table.h"
#include "op.h"
#include "transition-queue.h"
#include "transition.h"

/**
 * struct result - what came of one op
 * @id: its id, 0 where it was refused
 * @errno: why, negative
 * @message: why in words, owned; NULL without memory
 */
struct result {
	u32 id;
	int errno;
	char *message;
};

/**
 * struct bulk - what is being told, in cb->args[0]
 * @n: how many ops
 * @next: the one that is told next
 * @transition: id, 0: all were refused
 * @results: in the order of the request
 */
struct bulk {
	unsigned int n;
	unsigned int next;
	u64 transition;
	struct result results[] __counted_by(n);
};

static void bulk_free(struct bulk *bulk)
{
	unsigned int i;

	for (i = 0; i < bulk->n; i++)
		kfree(bulk->results[i].message);
	kvfree(bulk);
}

static void refuse(struct result *result, int r, const struct lph_error *error)
{
	result->errno = r;
	result->message = kstrdup(error->text, GFP_KERNEL);
}

struct request {
	struct genl_info info;
	struct nlattr *attrs[LPH_A_MAX + 1];
	enum lph_strategy strategy;
};

/* Room for what came of each attribute @type of the request. */
static int begin(struct netlink_callback *cb, struct request *request, int type,
		 struct bulk **ret_bulk)
{
	const struct sock *sk = NETLINK_CB(cb->skb).sk;
	const struct nlattr *attr;
	struct bulk *bulk;
	unsigned int n = 0;
	int rest, r;

	lph_nl_dump_info(cb, &request->info);
	request->info.attrs = request->attrs;
	r = lph_nl_require_tracing(cb->skb, &request->info);
	if (r)
		return r;
	r = nlmsg_parse(cb->nlh, GENL_HDRLEN, request->attrs, LPH_A_MAX, lph_nl_bulk_policy,
			cb->extack);
	if (r)
		return r;
	r = lph_nl_parse_transition(&request->info, &request->strategy);
	if (r)
		return r;

	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rest)
		n += nla_type(attr) == type;
	if (!n || n > LPH_BULK_MAX)
		return lph_nl_refuse(&request->info, -EINVAL,
				     "one request changes 1 to LPH_BULK_MAX ops");
	/* Netlink would fail the dump when all is done, not knowing that anything is. */
	if (atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf))
		return -ENOBUFS;
	bulk = kvzalloc(struct_size(bulk, results, n), GFP_KERNEL);
	if (!bulk)
		return lph_nl_refuse(&request->info, -ENOMEM, "out of memory");
	bulk->n = n;
	*ret_bulk = bulk;
	return 0;
}

/* Queues what was not refused. Return: 0 or -ENOMEM. */
static int queue(struct bulk *bulk, enum lph_transition_kind kind, enum lph_strategy strategy)
{
	struct lph_transition *transition;
	unsigned int i, n = 0;
	u32 *ids;

	ids = kvmalloc_array(bulk->n, sizeof(*ids), GFP_KERNEL);
	if (!ids)
		return -ENOMEM;
	for (i = 0; i < bulk->n; i++)
		if (!bulk->results[i].errno)
			ids[n++] = bulk->results[i].id;
	if (!n) {
		kvfree(ids);
		return 0;
	}
	transition = lph_transition_of_ops(kind, ids, n, strategy);
	if (!transition) {
		kvfree(ids);
		return -ENOMEM;
	}
	lph_transition_queue(transition);
	bulk->transition = transition->id;
	return 0;
}

/* ------------------------------------------------------------------- add */

static void add_one(struct request *request, const struct nlattr *attr,
		    const struct lph_op_spec *spec, struct result *result)
{
	struct lph_error error = {};
	struct lph_symbol symbol;
	struct lph_op *op;

	/* It has been parsed once: nothing can be wrong with it. */
	if (WARN_ON_ONCE(lph_nl_parse_symbol(&request->info, attr, &symbol)))
		return;
	op = lph_nl_new_op(&symbol, spec, &error);
	if (IS_ERR(op))
		refuse(result, PTR_ERR(op), &error);
	else
		result->id = op->id;
}

static void take_back(struct bulk *bulk)
{
	struct lph_function *fn;
	struct lph_op *op;
	unsigned int i;

	for (i = 0; i < bulk->n; i++) {
		if (bulk->results[i].errno)
			continue;
		op = lph_op_by_id(bulk->results[i].id);
		fn = op->fn;
		lph_op_leave(op);
		lph_function_put(fn);
	}
}

static int check_symbols(struct netlink_callback *cb, struct request *request)
{
	const struct nlattr *attr;
	struct lph_symbol symbol;
	int rest, r;

	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != LPH_A_FUNCTION)
			continue;
		r = lph_nl_parse_symbol(&request->info, attr, &symbol);
		if (r)
			return r;
	}
	return 0;
}

/* One hold of the lock, so that no module leaves between a look-up and the queue. */
static int add_all(struct netlink_callback *cb, struct request *request,
		   const struct lph_op_spec *spec, struct bulk *bulk)
{
	struct result *result = bulk->results;
	const struct nlattr *attr;
	int rest, r;

	mutex_lock(&lph_lock);
	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != LPH_A_FUNCTION)
			continue;
		add_one(request, attr, spec, result++);
		cond_resched();
	}
	r = queue(bulk, LPH_TRANSITION_ADD, request->strategy);
	if (r)
		take_back(bulk);
	mutex_unlock(&lph_lock);
	return r ? lph_nl_refuse(&request->info, r, "out of memory") : 0;
}

int lph_nl_add_ops(struct netlink_callback *cb)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	struct request request = {};
	struct lph_op_spec spec = {};
	struct bulk *bulk;
	int r;

	r = begin(cb, &request, LPH_A_FUNCTION, &bulk);
	if (r)
		return r;
	r = lph_nl_parse_op(&request.info, tb);
	if (!r && !tb[LPH_OP_A_KIND])
		r = lph_nl_refuse(&request.info, -EINVAL, "LPH_OP_A_KIND is missing");
	if (!r)
		r = check_symbols(cb, &request);
	if (!r)
		r = lph_nl_parse_spec(&request.info, tb, &spec);
	if (!r)
		r = add_all(cb, &request, &spec, bulk);
	lph_nl_end_spec(&spec);
	if (r) {
		bulk_free(bulk);
		return r;
	}
	cb->args[0] = (long)bulk;
	return 0;
}

/* ---------------------------------------------------------------- remove */

static void remove_one(const struct nlattr *attr, struct result *result)
{
	const struct nlattr *id = nla_find_nested(attr, LPH_OP_A_ID);
	struct lph_error error;
	struct lph_op *op;
	int r;

	op = id ? lph_op_by_id(nla_get_u32(id)) : NULL;
	r = lph_nl_mark_removed(op, &error);
	if (r)
		refuse(result, r, &error);
	else
		result->id = op->id;
}

static void keep(struct bulk *bulk)
{
	struct lph_op *op;
	unsigned int i;

	for (i = 0; i < bulk->n; i++) {
		if (bulk->results[i].errno)
			continue;
		op = lph_op_by_id(bulk->results[i].id);
		op->state = op->runs ? LPH_OP_ATTACHED : LPH_OP_QUEUED;
	}
}

int lph_nl_del_ops(struct netlink_callback *cb)
{
	struct request request = {};
	const struct nlattr *attr;
	struct result *result;
	struct bulk *bulk;
	int rest, r;

	r = begin(cb, &request, LPH_A_OP, &bulk);
	if (r)
		return r;
	result = bulk->results;
	mutex_lock(&lph_lock);
	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rest)
		if (nla_type(attr) == LPH_A_OP)
			remove_one(attr, result++);
	r = queue(bulk, LPH_TRANSITION_REMOVE, request.strategy);
	if (r)
		keep(bulk);
	mutex_unlock(&lph_lock);
	if (r) {
		bulk_free(bulk);
		return lph_nl_refuse(&request.info, r, "out of memory");
	}
	cb->args[0] = (long)bulk;
	return 0;
}

/* --------------------------------------------------------------- telling */

static int put_result(struct sk_buff *msg, const struct bulk *bulk, const struct result *result)
{
	struct nlattr *nest = nla_nest_start(msg, LPH_A_OP);

	if (!nest)
		return -EMSGSIZE;
	if (result->errno) {
		if (nla_put_u32(msg, LPH_OP_A_ERRNO, -result->errno) ||
		    (result->message && nla_put_string(msg, LPH_OP_A_MESSAGE, result->message)))
			return -EMSGSIZE;
	} else if (nla_put_u32(msg, LPH_OP_A_ID, result->id)) {
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	if (!bulk->transition)
		return 0;
	nest = nla_nest_start(msg, LPH_A_TRANSITION);
	if (!nest || nla_put_u64_64bit(msg, LPH_TRANSITION_A_ID, bulk->transition,
				       LPH_TRANSITION_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int tell_one(struct sk_buff *msg, struct netlink_callback *cb, const struct bulk *bulk)
{
	const struct genlmsghdr *request = nlmsg_data(cb->nlh);
	void *header;

	header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &lph_nl_family,
			     NLM_F_MULTI, request->cmd);
	if (!header)
		return -EMSGSIZE;
	if (put_result(msg, bulk, &bulk->results[bulk->next])) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

int lph_nl_tell_bulk(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct bulk *bulk = (struct bulk *)cb->args[0];
	int r = 0;

	while (bulk->next < bulk->n) {
		r = tell_one(msg, cb, bulk);
		if (r)
			break;
		bulk->next++;
	}
	return lph_nl_dump_end(msg, r);
}

int lph_nl_end_bulk(struct netlink_callback *cb)
{
	bulk_free((struct bulk *)cb->args[0]);
	return 0;
}
