/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_EVENTS_H
#define LPH_NETLINK_EVENTS_H

void lph_nl_subscribe(void);

#endif /* LPH_NETLINK_EVENTS_H */
