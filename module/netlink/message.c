// SPDX-License-Identifier: GPL-2.0-only
/* What all messages of the family have in common: answers, dumps and events. */
#include <linux/module.h>
#include <linux/string.h>

#include "netlink/message.h"
#include "netlink/parse.h"
#include "op.h"

enum { EVENTS };

static const struct genl_multicast_group groups[] = {
	[EVENTS] = { .name = LPH_GENL_MCGRP_EVENTS },
};

/* Its commands are added where it is registered, above. */
struct genl_family lph_nl_family __ro_after_init = {
	.name = LPH_GENL_NAME,
	.version = LPH_GENL_VERSION,
	.module = THIS_MODULE,
	.maxattr = LPH_A_MAX,
	.policy = lph_nl_policy,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	/* Of every command, what is reserved in the headers must be 0. */
	.resv_start_op = LPH_CMD_UNSPEC,
	/* lph_lock protects what handlers touch; a look-up may take a while. */
	.parallel_ops = true,
};

/* --------------------------------------------------------------- answers */

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
