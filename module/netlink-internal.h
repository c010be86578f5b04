/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the netlink face share; nobody else includes it. */
#ifndef LPH_NETLINK_INTERNAL_H
#define LPH_NETLINK_INTERNAL_H

#include <linux/livepatch_helper.h>
#include <net/genetlink.h>
#include <net/netlink.h>

struct lph_error;
struct lph_function;
struct lph_op;
struct lph_symbol;
struct lph_transition;

extern struct genl_family lph_nl_family;

/* netlink-parse.c: requests, and the words in which they are refused */
extern const struct nla_policy lph_nl_policy[LPH_A_MAX + 1];
int lph_nl_say(struct genl_info *info, const struct lph_error *error, int r);
int lph_nl_refuse(struct genl_info *info, int r, const char *why);
int lph_nl_require_admin(struct sk_buff *skb, struct genl_info *info);
int lph_nl_parse_symbol(struct genl_info *info, const struct nlattr *attr,
			struct lph_symbol *symbol);
int lph_nl_parse_op(struct genl_info *info, struct nlattr **tb);
int lph_nl_parse_transition(struct genl_info *info, enum lph_strategy *ret_strategy);

/* netlink-put.c: what replies, dumps and events tell; lph_lock */
int lph_nl_put_symbol(struct sk_buff *msg, int attr, const struct lph_symbol *symbol);
int lph_nl_put_op(struct sk_buff *msg, const struct lph_op *op);
int lph_nl_put_function(struct sk_buff *msg, const struct lph_function *fn);
int lph_nl_put_transition(struct sk_buff *msg, const struct lph_transition *transition);
int lph_nl_put_info(struct sk_buff *msg);

#endif /* LPH_NETLINK_INTERNAL_H */
