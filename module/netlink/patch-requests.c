// SPDX-License-Identifier: GPL-2.0-only
/* The netlink face of patches. */
#include <linux/lockdep.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "error.h"
#include "locking.h"
#include "netlink/message.h"
#include "netlink/parse.h"
#include "netlink/patch-requests.h"
#include "netlink/put.h"
#include "patch.h"
#include "transition-queue.h"
#include "transition.h"

/* -------------------------------------------------------------- requests */

static int check_name(const struct nlattr *name, unsigned int n, unsigned int loaded,
		      struct lph_error *error)
{
	/* The array has no policy that would say so. */
	if (nla_len(name) > LPH_MODULE_LEN || !memchr(nla_data(name), '\0', nla_len(name)))
		return lph_error(error, -EINVAL,
				 "name %u of LPH_A_ORDER is no string of less than %d bytes that ends in a NUL",
				 n, LPH_MODULE_LEN);
	if (!lph_patch_by_name(nla_data(name)))
		return lph_error(error, -EINVAL,
				 "the order names %s, and no module of that name has registered a patch: name those that are applied",
				 (const char *)nla_data(name));
	if (n > loaded)
		return lph_error(error, -EINVAL,
				 "the order names %s behind %u others, and %u patches are loaded: name each once",
				 (const char *)nla_data(name), n - 1, loaded);
	return 0;
}

/*
 * Checks the names of LPH_A_ORDER one by one, so that there are no more than loaded
 * patches before there is room for them. Return: how many, or -errno.
 */
static int check_names(const struct nlattr *attr, struct lph_error *error)
{
	unsigned int n = 0, loaded;
	const struct nlattr *name;
	int rest, r;

	lockdep_assert_held(&lph_lock);
	loaded = list_count_nodes(&lph_patches);
	nla_for_each_nested(name, attr, rest) {
		r = check_name(name, ++n, loaded, error);
		if (r)
			return r;
	}
	if (rest)
		return lph_error(error, -EINVAL, "LPH_A_ORDER ends in %d bytes that are no name",
				 rest);
	if (!n)
		return lph_error(error, -EINVAL,
				 "LPH_A_ORDER is empty: name the patches, from bottom to top");
	return n;
}

/*
 * Return: the order of LPH_A_ORDER, kvmalloc()ed, NULL where there is none, or an error
 * pointer.
 */
static struct lph_order *parse_order(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[LPH_A_ORDER], *name;
	struct lph_error error = {};
	struct lph_order *order;
	int rest, n;

	if (!attr)
		return NULL;
	mutex_lock(&lph_lock);
	n = check_names(attr, &error);
	mutex_unlock(&lph_lock);
	if (n < 0)
		return ERR_PTR(lph_nl_say(info, &error, n));
	order = kvzalloc(struct_size(order, names, n), GFP_KERNEL);
	if (!order)
		return ERR_PTR(lph_nl_refuse(info, -ENOMEM, "out of memory"));
	nla_for_each_nested(name, attr, rest)
		nla_strscpy(order->names[order->n++], name, LPH_MODULE_LEN);
	return order;
}

/* Return: a transition as the request wants it, or an error pointer. */
static struct lph_transition *parse_transition(struct genl_info *info,
					       enum lph_transition_kind kind)
{
	struct nlattr *tb[LPH_TRANSITION_A_MAX + 1];
	struct lph_transition *transition;
	struct lph_order *order;
	int r;

	r = lph_nl_parse_change(info, tb);
	if (r)
		return ERR_PTR(r);
	order = parse_order(info);
	if (IS_ERR(order))
		return ERR_CAST(order);
	transition = lph_transition_new(kind, LPH_STRATEGY_SLOTS);
	if (!transition) {
		kvfree(order);
		return ERR_PTR(lph_nl_refuse(info, -ENOMEM, "out of memory"));
	}
	transition->order = order;
	if (tb[LPH_TRANSITION_A_STRATEGY])
		transition->strategy = nla_get_u32(tb[LPH_TRANSITION_A_STRATEGY]);
	if (tb[LPH_TRANSITION_A_CONSISTENCY])
		transition->sw.consistency = nla_get_u32(tb[LPH_TRANSITION_A_CONSISTENCY]);
	return transition;
}

/* Checks a request by @check, and queues its transition, which is given away. */
static int queue(struct genl_info *info, struct lph_transition *transition,
		 int (*check)(struct lph_transition *transition, struct lph_error *error))
{
	struct lph_nl_answer answer;
	struct lph_error error = {};
	u64 id = 0;
	int r;

	r = lph_nl_answer_new(info, NULL, &answer);
	if (r) {
		lph_transition_free(transition);
		return r;
	}
	mutex_lock(&lph_lock);
	r = check(transition, &error);
	if (!r) {
		lph_transition_queue(transition);
		id = transition->id;
	} else {
		lph_transition_free(transition);
	}
	mutex_unlock(&lph_lock);
	if (r) {
		lph_nl_answer_drop(&answer);
		return lph_nl_say(info, &error, r);
	}
	lph_nl_answer_send(info, &answer, id);
	return 0;
}

static struct lph_loaded_patch *find(const char *name, struct lph_error *error)
{
	struct lph_loaded_patch *patch = lph_patch_by_name(name);

	if (!patch) {
		lph_error(error, -ENOENT,
			  "no module %s has registered a patch: load it first", name);
		return NULL;
	}
	if (patch->state != LPH_PATCH_PATCHING && patch->state != LPH_PATCH_UNPATCHING)
		return patch;
	lph_error(error, -EBUSY, "a transition of %s is queued or running: wait for it", name);
	return ERR_PTR(-EBUSY);
}

static int check_apply(struct lph_transition *transition, struct lph_error *error)
{
	struct lph_loaded_patch *patch = find(transition->patch, error);
	int r;

	lockdep_assert_held(&lph_lock);
	if (IS_ERR_OR_NULL(patch))
		return patch ? PTR_ERR(patch) : -ENOENT;
	if (patch->state == LPH_PATCH_PATCHED)
		return lph_error(error, -EALREADY, "%s is applied already", transition->patch);
	if (transition->order) {
		r = lph_patch_check_order(transition->order, patch, error);
		if (r)
			return r;
	}
	r = lph_patch_use(patch, error);
	if (!r)
		patch->state = LPH_PATCH_PATCHING;
	return r;
}

static int check_remove(struct lph_transition *transition, struct lph_error *error)
{
	struct lph_loaded_patch *patch = find(transition->patch, error);

	lockdep_assert_held(&lph_lock);
	if (IS_ERR_OR_NULL(patch))
		return patch ? PTR_ERR(patch) : -ENOENT;
	if (patch->state == LPH_PATCH_LOADED)
		return lph_error(error, -EALREADY, "%s is not applied", transition->patch);
	patch->state = LPH_PATCH_UNPATCHING;
	return 0;
}

static int check_order(struct lph_transition *transition, struct lph_error *error)
{
	return lph_patch_check_order(transition->order, NULL, error);
}

static int change_patch(struct sk_buff *skb, struct genl_info *info,
			enum lph_transition_kind kind,
			int (*check)(struct lph_transition *transition, struct lph_error *error))
{
	struct lph_transition *transition;
	const char *name;
	int r;

	r = lph_nl_require_patching(skb, info);
	if (r)
		return r;
	r = lph_nl_parse_patch(info, &name);
	if (r)
		return r;
	transition = parse_transition(info, kind);
	if (IS_ERR(transition))
		return PTR_ERR(transition);
	strscpy(transition->patch, name, sizeof(transition->patch));
	return queue(info, transition, check);
}

int lph_nl_apply_patch(struct sk_buff *skb, struct genl_info *info)
{
	return change_patch(skb, info, LPH_TRANSITION_APPLY, check_apply);
}

int lph_nl_remove_patch(struct sk_buff *skb, struct genl_info *info)
{
	int r = lph_nl_require_patching(skb, info);

	if (r)
		return r;
	if (info->attrs[LPH_A_ORDER])
		return lph_nl_refuse(info, -EINVAL,
				     "what remains stays in its order: LPH_A_ORDER is not for a removal");
	return change_patch(skb, info, LPH_TRANSITION_UNAPPLY, check_remove);
}

int lph_nl_order_patches(struct sk_buff *skb, struct genl_info *info)
{
	struct lph_transition *transition;
	int r;

	r = lph_nl_require_patching(skb, info);
	if (r)
		return r;
	if (!info->attrs[LPH_A_ORDER])
		return lph_nl_refuse(info, -EINVAL, "LPH_A_ORDER is missing");
	transition = parse_transition(info, LPH_TRANSITION_ORDER);
	if (IS_ERR(transition))
		return PTR_ERR(transition);
	return queue(info, transition, check_order);
}

int lph_nl_cancel_transition(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[LPH_TRANSITION_A_MAX + 1];
	struct lph_transition *transition;
	struct lph_error error = {};
	int r;

	r = lph_nl_require_patching(skb, info);
	if (r)
		return r;
	r = lph_nl_parse_change(info, tb);
	if (r)
		return r;
	if (!tb[LPH_TRANSITION_A_ID])
		return lph_nl_refuse(info, -EINVAL, "LPH_TRANSITION_A_ID is missing");

	mutex_lock(&lph_lock);
	transition = lph_transition_by_id(nla_get_u64(tb[LPH_TRANSITION_A_ID]));
	if (transition)
		r = lph_transition_cancel(transition, &error);
	else
		r = lph_error(&error, -ENOENT, "there is no transition of this id");
	mutex_unlock(&lph_lock);
	return r ? lph_nl_say(info, &error, r) : 0;
}

/* ----------------------------------------------------------------- dumps */

int lph_nl_start_patches(struct netlink_callback *cb)
{
	/* As large as a nest can be: a patch may have hundreds of functions. */
	cb->min_dump_alloc = U16_MAX;
	return 0;
}

int lph_nl_dump_patches(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_loaded_patch *patch;
	int r = 0;

	mutex_lock(&lph_lock);
	list_for_each_entry(patch, &lph_patches, node) {
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_PATCH, patch->id, lph_nl_put_patch,
				    patch);
		if (r)
			break;
	}
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}

int lph_nl_start_blockers(struct netlink_callback *cb)
{
	struct genl_info info;

	lph_nl_dump_info(cb, &info);
	return lph_nl_require_tracing(cb->skb, &info);
}

int lph_nl_dump_blockers(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct lph_transition *running;
	unsigned int i;
	int r = 0;

	mutex_lock(&lph_lock);
	running = lph_transition_of_patches();
	for (i = 0; !r && running && i < running->sw.blocker_count; i++)
		r = lph_nl_dump_one(msg, cb, LPH_CMD_GET_BLOCKER, i + 1, lph_nl_put_blocker,
				    &running->sw.blockers[i]);
	mutex_unlock(&lph_lock);
	return lph_nl_dump_end(msg, r);
}
