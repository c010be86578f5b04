// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at stacks, for those who wait for tasks to leave functions. All looks are
 * taken when the dump starts; what follows is telling.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "consistency/look.h"
#include "locking.h"
#include "netlink/message.h"
#include "netlink/parse.h"
#include "netlink/put.h"
#include "netlink/stack-requests.h"
#include "symbol.h"

/**
 * struct looks - what is being told, in cb->args[1]
 * @max: how many tasks were asked for
 * @n: how many were there
 * @found: what was found of them
 */
struct looks {
	unsigned int max;
	unsigned int n;
	struct lph_blocker found[] __counted_by(max);
};

static unsigned int count(const struct nlmsghdr *nlh, int type)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rest;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest)
		n += nla_type(attr) == type;
	return n;
}

static int add_functions(struct genl_info *info, struct lph_look *look)
{
	struct lph_error error = {};
	const struct nlattr *attr;
	struct lph_symbol symbol;
	int rest, r = 0;

	mutex_lock(&lph_lock);
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != LPH_A_FUNCTION)
			continue;
		r = lph_nl_parse_place(info, attr, &symbol);
		if (r)
			break;
		r = lph_look_for(look, &symbol, &error);
		if (r) {
			r = lph_nl_say(info, &error, r);
			break;
		}
		cond_resched();
	}
	mutex_unlock(&lph_lock);
	return r;
}

static void look_at_tasks(const struct nlmsghdr *nlh, struct lph_look *look, struct looks *looks)
{
	const struct nlattr *attr, *tid;
	int rest;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != LPH_A_BLOCKER)
			continue;
		tid = nla_find_nested(attr, LPH_BLOCKER_A_TID);
		if (tid && !lph_look_at(look, nla_get_u32(tid)))
			looks->found[looks->n++] = look->found;
		cond_resched();
	}
}

int lph_nl_start_stacks(struct netlink_callback *cb)
{
	unsigned int functions = count(cb->nlh, LPH_A_FUNCTION);
	unsigned int tasks = count(cb->nlh, LPH_A_BLOCKER);
	struct lph_look *look;
	struct genl_info info;
	struct looks *looks;
	int r;

	lph_nl_dump_info(cb, &info);
	r = lph_nl_require_tracing(cb->skb, &info);
	if (r)
		return r;
	if (!functions || functions > LPH_STACK_FUNCTIONS || !tasks || tasks > LPH_STACK_TASKS)
		return lph_nl_refuse(&info, -EINVAL,
				     "one request is about 1 to LPH_STACK_TASKS tasks and 1 to LPH_STACK_FUNCTIONS functions");
	look = lph_look_new();
	looks = kvzalloc(struct_size(looks, found, tasks), GFP_KERNEL);
	if (!look || !looks) {
		r = lph_nl_refuse(&info, -ENOMEM, "out of memory");
		goto out;
	}
	looks->max = tasks;
	r = add_functions(&info, look);
	if (r)
		goto out;
	lph_look_begin(look);
	look_at_tasks(cb->nlh, look, looks);
	cb->args[1] = (long)looks;
	looks = NULL;
out:
	lph_look_free(look);
	kvfree(looks);
	return r;
}

int lph_nl_dump_stacks(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct looks *looks = (const struct looks *)cb->args[1];
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < looks->n; i++)
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_STACK, i + 1, lph_nl_put_blocker,
				    &looks->found[i]);
	return lph_nl_dump_end(msg, r);
}

int lph_nl_end_stacks(struct netlink_callback *cb)
{
	kvfree((const void *)cb->args[1]);
	return 0;
}
