/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_PATCH_REQUESTS_H
#define LPH_NETLINK_PATCH_REQUESTS_H

#include <net/genetlink.h>

int lph_nl_apply_patch(struct sk_buff *skb, struct genl_info *info);
int lph_nl_remove_patch(struct sk_buff *skb, struct genl_info *info);
int lph_nl_order_patches(struct sk_buff *skb, struct genl_info *info);
int lph_nl_cancel_transition(struct sk_buff *skb, struct genl_info *info);
int lph_nl_start_patches(struct netlink_callback *cb);
int lph_nl_dump_patches(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_start_blockers(struct netlink_callback *cb);
int lph_nl_dump_blockers(struct sk_buff *msg, struct netlink_callback *cb);

#endif /* LPH_NETLINK_PATCH_REQUESTS_H */
