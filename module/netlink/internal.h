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
struct lph_op_spec;
struct lph_symbol;
struct lph_transition;

extern struct genl_family lph_nl_family;

/* parse.c: requests, and the words in which they are refused */
extern const struct nla_policy lph_nl_policy[LPH_A_MAX + 1];
extern const struct nla_policy lph_nl_bulk_policy[LPH_A_MAX + 1];
extern const struct nla_policy lph_nl_stack_policy[LPH_A_MAX + 1];
void lph_nl_dump_info(struct netlink_callback *cb, struct genl_info *info);
/*
 * Both answer the request, once lph_nl_require_admin() or lph_nl_dump_info() has seen
 * it. What they return, other than 0 and no errno of a refusal, its handler returns.
 */
int lph_nl_say(struct genl_info *info, const struct lph_error *error, int r);
int lph_nl_refuse(struct genl_info *info, int r, const char *why);
int lph_nl_require_admin(struct sk_buff *skb, struct genl_info *info);
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

/* netlink.c: changes of one op, as far as those of several take the same steps; lph_lock */
struct lph_op *lph_nl_new_op(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
			     struct lph_error *error);
int lph_nl_mark_removed(struct lph_op *op, struct lph_error *error);

/* bulk-requests.c: changes of several ops */
int lph_nl_add_ops(struct netlink_callback *cb);
int lph_nl_del_ops(struct netlink_callback *cb);
int lph_nl_tell_bulk(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_end_bulk(struct netlink_callback *cb);

/* put.c: what replies, dumps and events tell; lph_lock */
int lph_nl_put_symbol(struct sk_buff *msg, int attr, const struct lph_symbol *symbol);
int lph_nl_put_op(struct sk_buff *msg, const struct lph_op *op);
int lph_nl_put_function(struct sk_buff *msg, const struct lph_function *fn);
int lph_nl_put_transition(struct sk_buff *msg, const struct lph_transition *transition);
int lph_nl_put_info(struct sk_buff *msg);
u32 lph_nl_op_room(void);
u32 lph_nl_function_room(void);

/**
 * struct lph_nl_answer - what a change is answered, made before it is queued
 * @msg: the message
 * @header: its header
 * @transition: room for the id
 */
struct lph_nl_answer {
	struct sk_buff *msg;
	void *header;
	struct nlattr *transition;
};

/* netlink.c: answers of changes */
int lph_nl_answer_new(struct genl_info *info, const struct lph_op *op,
		      struct lph_nl_answer *answer);
void lph_nl_answer_drop(struct lph_nl_answer *answer);
void lph_nl_answer_send(struct genl_info *info, struct lph_nl_answer *answer, u64 transition);

/* netlink.c: dumps and events */
int lph_nl_dump_end(const struct sk_buff *msg, int r);
int lph_nl_dump_one(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd, u64 id,
		    int (*put)(struct sk_buff *msg, const void *item), const void *item);
void *lph_nl_event_start(struct sk_buff **ret_msg, u8 cmd);
void lph_nl_event_send(struct sk_buff *msg, void *header, int r);

/* patch-requests.c */
int lph_nl_apply_patch(struct sk_buff *skb, struct genl_info *info);
int lph_nl_remove_patch(struct sk_buff *skb, struct genl_info *info);
int lph_nl_order_patches(struct sk_buff *skb, struct genl_info *info);
int lph_nl_cancel_transition(struct sk_buff *skb, struct genl_info *info);
int lph_nl_start_patches(struct netlink_callback *cb);
int lph_nl_dump_patches(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_start_blockers(struct netlink_callback *cb);
int lph_nl_dump_blockers(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_put_blocker(struct sk_buff *msg, const void *item);

/* stack-requests.c */
int lph_nl_start_stacks(struct netlink_callback *cb);
int lph_nl_dump_stacks(struct sk_buff *msg, struct netlink_callback *cb);
int lph_nl_end_stacks(struct netlink_callback *cb);

#endif /* LPH_NETLINK_INTERNAL_H */
