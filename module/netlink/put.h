/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_NETLINK_PUT_H
#define LPH_NETLINK_PUT_H

#include <linux/livepatch_helper.h>
#include <net/genetlink.h>
#include <net/netlink.h>

struct lph_function;
struct lph_loaded_patch;
struct lph_op;
struct lph_symbol;
struct lph_transition;

/* Context of all: lph_lock, but for lph_nl_patch_fits() and lph_nl_put_blocker(). */
int lph_nl_put_symbol(struct sk_buff *msg, int attr, const struct lph_symbol *symbol);
int lph_nl_put_op(struct sk_buff *msg, const struct lph_op *op);
int lph_nl_put_function(struct sk_buff *msg, const struct lph_function *fn);
int lph_nl_put_transition(struct sk_buff *msg, const struct lph_transition *transition);
int lph_nl_put_info(struct sk_buff *msg);
u32 lph_nl_op_room(void);
u32 lph_nl_function_room(void);
bool lph_nl_patch_fits(const struct lph_patch *patch);
int lph_nl_put_patch_brief(struct sk_buff *msg, const struct lph_loaded_patch *patch,
			   enum lph_patch_state state);
int lph_nl_put_patch(struct sk_buff *msg, const void *item);
int lph_nl_put_blocker(struct sk_buff *msg, const void *item);

#endif /* LPH_NETLINK_PUT_H */
