/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_BULK_REQUESTS_H
#define LPH_NETLINK_BULK_REQUESTS_H

#include <net/genetlink.h>

int lph_nl_add_ops(struct netlink_callback *cb);
int lph_nl_del_ops(struct netlink_callback *cb);
int lph_nl_tell_bulk(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_end_bulk(struct netlink_callback *cb);

#endif /* LPH_NETLINK_BULK_REQUESTS_H */
