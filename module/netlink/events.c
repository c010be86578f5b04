// SPDX-License-Identifier: GPL-2.0-only
/* What subscribers are told: news.h says when. */
#include <linux/lockdep.h>

#include "function.h"
#include "locking.h"
#include "netlink/events.h"
#include "netlink/message.h"
#include "netlink/put.h"
#include "news.h"
#include "op.h"

static void tell_transition(const struct lph_transition *transition)
{
	struct sk_buff *msg;
	void *header = lph_nl_event_start(&msg, LPH_CMD_TRANSITION_EVENT);

	lockdep_assert_held(&lph_lock);
	if (header)
		lph_nl_event_send(msg, header, lph_nl_put_transition(msg, transition));
}

static void tell_op_gone(const struct lph_op *op)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *header = lph_nl_event_start(&msg, LPH_CMD_OP_GONE_EVENT);
	int r = -EMSGSIZE;

	lockdep_assert_held(&lph_lock);
	if (!header)
		return;
	nest = nla_nest_start(msg, LPH_A_OP);
	if (nest && !nla_put_u32(msg, LPH_OP_A_ID, op->id) &&
	    !lph_nl_put_symbol(msg, LPH_OP_A_FUNCTION, &op->fn->symbol)) {
		nla_nest_end(msg, nest);
		r = 0;
	}
	lph_nl_event_send(msg, header, r);
}

static void tell_patch(const struct lph_loaded_patch *patch, enum lph_patch_state state)
{
	struct nlattr *nest;
	struct sk_buff *msg;
	void *header = lph_nl_event_start(&msg, LPH_CMD_PATCH_EVENT);
	int r = -EMSGSIZE;

	lockdep_assert_held(&lph_lock);
	if (!header)
		return;
	nest = nla_nest_start(msg, LPH_A_PATCH);
	if (nest && !lph_nl_put_patch_brief(msg, patch, state)) {
		nla_nest_end(msg, nest);
		r = 0;
	}
	lph_nl_event_send(msg, header, r);
}

/**
 * lph_nl_subscribe() - let news reach the family's subscribers
 *
 * Context: module load, before the family is there.
 */
void lph_nl_subscribe(void)
{
	static const struct lph_news_ops news = {
		.transition = tell_transition,
		.op_gone = tell_op_gone,
		.patch = tell_patch,
		.patch_fits = lph_nl_patch_fits,
	};

	lph_news_register(&news);
}
