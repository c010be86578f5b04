/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_H
#define LPH_NETLINK_H

int lph_netlink_init(void);
void lph_netlink_exit(void);

#endif /* LPH_NETLINK_H */
