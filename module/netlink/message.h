/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_MESSAGE_H
#define LPH_NETLINK_MESSAGE_H

#include <linux/livepatch_helper.h>
#include <net/genetlink.h>
#include <net/netlink.h>

struct lph_op;

extern struct genl_family lph_nl_family;

/**
 * struct lph_nl_answer - what a change is answered, made before it is queued
 * @msg: the message
 * @header: its header
 * @transition: room for the id
 */
struct lph_nl_answer {
	struct sk_buff *msg;
	void *header;
	struct nlattr *transition;
};

int lph_nl_answer_new(struct genl_info *info, const struct lph_op *op,
		      struct lph_nl_answer *answer);
void lph_nl_answer_drop(struct lph_nl_answer *answer);
void lph_nl_answer_send(struct genl_info *info, struct lph_nl_answer *answer, u64 transition);

int lph_nl_dump_end(const struct sk_buff *msg, int r);
int lph_nl_dump_one(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd, u64 id,
		    int (*put)(struct sk_buff *msg, const void *item), const void *item);
void *lph_nl_event_start(struct sk_buff **ret_msg, u8 cmd);
void lph_nl_event_send(struct sk_buff *msg, void *header, int r);

#endif /* LPH_NETLINK_MESSAGE_H */
