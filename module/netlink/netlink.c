// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "livepatchd", as <linux/livepatch_helper.h> specifies
 * it. Only this folder sees attributes.
 */
#include <linux/kernel.h>
#include <linux/list.h>

#include "function-table.h"
#include "function.h"
#include "locking.h"
#include "netlink/bulk-requests.h"
#include "netlink/events.h"
#include "netlink/message.h"
#include "netlink/netlink.h"
#include "netlink/op-requests.h"
#include "netlink/parse.h"
#include "netlink/patch-requests.h"
#include "netlink/put.h"
#include "netlink/stack-requests.h"
#include "transition.h"

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

/* ----------------------------------------------------------------- dumps */

static int put_function_item(struct sk_buff *msg, const void *item)
{
	return lph_nl_put_function(msg, item);
}

static int put_transition_item(struct sk_buff *msg, const void *item)
{
	return lph_nl_put_transition(msg, item);
}

static int start_functions(struct netlink_callback *cb)
{
	cb->min_dump_alloc = lph_nl_function_room();
	return 0;
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

/* ---------------------------------------------------------------- family */

#define BULK							\
	.dumpit = lph_nl_tell_bulk, .done = lph_nl_end_bulk,	\
	.policy = lph_nl_bulk_policy, .maxattr = LPH_A_MAX

static const struct genl_ops ops[] = {
	{ .cmd = LPH_CMD_GET_INFO, .doit = get_info },
	{ .cmd = LPH_CMD_ADD_OP, .doit = lph_nl_add_op },
	{ .cmd = LPH_CMD_DEL_OP, .doit = lph_nl_del_op },
	{ .cmd = LPH_CMD_CHANGE_OP, .doit = lph_nl_change_op },
	{ .cmd = LPH_CMD_ADD_OPS, .start = lph_nl_add_ops, BULK },
	{ .cmd = LPH_CMD_DEL_OPS, .start = lph_nl_del_ops, BULK },
	{ .cmd = LPH_CMD_GET_OP, .start = lph_nl_start_op_dump, .dumpit = lph_nl_dump_ops },
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

int __init lph_netlink_init(void)
{
	lph_nl_subscribe();
	lph_nl_family.ops = ops;
	lph_nl_family.n_ops = ARRAY_SIZE(ops);
	return genl_register_family(&lph_nl_family);
}

void lph_netlink_exit(void)
{
	genl_unregister_family(&lph_nl_family);
}
