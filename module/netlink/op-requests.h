/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_OP_REQUESTS_H
#define LPH_NETLINK_OP_REQUESTS_H

#include <net/genetlink.h>

struct lph_error;
struct lph_op;
struct lph_op_spec;
struct lph_symbol;

int lph_nl_add_op(struct sk_buff *skb, struct genl_info *info);
int lph_nl_del_op(struct sk_buff *skb, struct genl_info *info);
int lph_nl_change_op(struct sk_buff *skb, struct genl_info *info);
int lph_nl_start_op_dump(struct netlink_callback *cb);
int lph_nl_dump_ops(struct sk_buff *msg, struct netlink_callback *cb);

/* As far as changes of several take the same steps; lph_lock. */
struct lph_op *lph_nl_new_op(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
			     struct lph_error *error);
int lph_nl_mark_removed(struct lph_op *op, struct lph_error *error);

#endif /* LPH_NETLINK_OP_REQUESTS_H */
