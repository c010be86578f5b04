/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_H
#define LPH_NETLINK_H

#include <linux/livepatch_helper.h>

struct lph_loaded_patch;
struct lph_op;
struct lph_transition;

void lph_netlink_transition(const struct lph_transition *transition);
void lph_netlink_op_gone(const struct lph_op *op);
void lph_netlink_patch(const struct lph_loaded_patch *patch, enum lph_patch_state state);
bool lph_netlink_patch_fits(const struct lph_patch *patch);
int lph_netlink_init(void);
void lph_netlink_exit(void);

#endif /* LPH_NETLINK_H */
