/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_STACK_REQUESTS_H
#define LPH_NETLINK_STACK_REQUESTS_H

#include <net/genetlink.h>

int lph_nl_start_stacks(struct netlink_callback *cb);
int lph_nl_dump_stacks(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_end_stacks(struct netlink_callback *cb);

#endif /* LPH_NETLINK_STACK_REQUESTS_H */
