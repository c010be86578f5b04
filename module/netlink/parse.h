/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_PARSE_H
#define LPH_NETLINK_PARSE_H

#include <linux/livepatch_helper.h>
#include <net/genetlink.h>
#include <net/netlink.h>

struct lph_error;
struct lph_op;
struct lph_op_spec;
struct lph_symbol;

extern const struct nla_policy lph_nl_policy[LPH_A_MAX + 1];
extern const struct nla_policy lph_nl_bulk_policy[LPH_A_MAX + 1];
extern const struct nla_policy lph_nl_stack_policy[LPH_A_MAX + 1];
void lph_nl_dump_info(struct netlink_callback *cb, struct genl_info *info);
/*
 * Both answer the request, once lph_nl_require_*() or lph_nl_dump_info() has seen it.
 * What they return, other than 0 and no errno of a refusal, its handler returns.
 */
int lph_nl_say(struct genl_info *info, const struct lph_error *error, int r);
int lph_nl_refuse(struct genl_info *info, int r, const char *why);
int lph_nl_require_patching(struct sk_buff *skb, struct genl_info *info);
int lph_nl_require_tracing(struct sk_buff *skb, struct genl_info *info);
int lph_nl_parse_place(struct genl_info *info, const struct nlattr *attr,
		       struct lph_symbol *symbol);
int lph_nl_parse_symbol(struct genl_info *info, const struct nlattr *attr,
			struct lph_symbol *symbol);
int lph_nl_parse_op(struct genl_info *info, struct nlattr **tb);
int lph_nl_parse_spec(struct genl_info *info, struct nlattr **tb, struct lph_op_spec *spec);
void lph_nl_fill_spec(const struct lph_op *op, struct nlattr **tb, struct lph_op_spec *spec);
void lph_nl_end_spec(struct lph_op_spec *spec);
int lph_nl_parse_transition(struct genl_info *info, enum lph_strategy *ret_strategy);
int lph_nl_parse_change(struct genl_info *info, struct nlattr **tb);
int lph_nl_parse_patch(struct genl_info *info, const char **ret_name);

#endif /* LPH_NETLINK_PARSE_H */
