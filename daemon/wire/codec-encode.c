// SPDX-License-Identifier: GPL-2.0-only
/* What the helper is asked; codec.c reads its answers. */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "wire/codec.h"

static int put_strategy(struct nl_msg *message, uint32_t strategy)
{
	struct nlattr *transition = nla_nest_start(message, LPH_A_TRANSITION | NLA_F_NESTED);

	if (!transition || nla_put_u32(message, LPH_TRANSITION_A_STRATEGY, strategy) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, transition);
	return 0;
}

static int put_name(struct nl_msg *message, int type, const struct function_name *function)
{
	struct nlattr *name = nla_nest_start(message, type | NLA_F_NESTED);
	/* What the helper takes for granted is left out, so that thousands fit into one request. */
	bool other = !lpd_streq(function->module, "vmlinux");

	if (!name || nla_put_string(message, LPH_FUNCTION_A_SYMBOL, function->symbol) < 0 ||
	    (other && nla_put_string(message, LPH_FUNCTION_A_MODULE, function->module) < 0) ||
	    (function->sympos > 0 && nla_put_u32(message, LPH_FUNCTION_A_SYMPOS, function->sympos) < 0))
		return -EMSGSIZE;
	(void)nla_nest_end(message, name);
	return 0;
}

static int put_kind(struct nl_msg *message, const struct tracer_spec *spec)
{
	if (nla_put_u32(message, LPH_OP_A_KIND, spec->kind) < 0 ||
	    (spec->kind == LPH_KIND_BPF && nla_put_u32(message, LPH_OP_A_PROGRAM, spec->program) < 0) ||
	    (*spec->label && nla_put_string(message, LPH_OP_A_LABEL, spec->label) < 0))
		return -EMSGSIZE;
	return 0;
}

static int put_spec(struct nl_msg *message, const struct tracer_spec *spec, unsigned int fields)
{
	if (((fields & TRACER_KIND) && put_kind(message, spec) < 0) ||
	    ((fields & TRACER_PRIORITY) && nla_put_s32(message, LPH_OP_A_PRIORITY, spec->priority) < 0) ||
	    ((fields & TRACER_PID) && nla_put_u32(message, LPH_OP_A_PID, spec->pid) < 0) ||
	    ((fields & TRACER_COMM) && nla_put_string(message, LPH_OP_A_COMM, spec->comm) < 0))
		return -EMSGSIZE;
	return 0;
}

static int put_op(struct nl_msg *message, const struct function_name *function, const struct tracer_spec *spec)
{
	struct nlattr *op = nla_nest_start(message, LPH_A_OP | NLA_F_NESTED);

	if (!op || (function && put_name(message, LPH_OP_A_FUNCTION, function) < 0) ||
	    put_spec(message, spec, TRACER_ALL) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, op);
	return 0;
}

int codec_encode_add_op(struct nl_msg *message, const struct function_name *function,
			const struct tracer_spec *spec, uint32_t strategy)
{
	int r = put_op(message, function, spec);

	return r < 0 ? r : put_strategy(message, strategy);
}

int codec_encode_add_ops(struct nl_msg *message, const struct tracer_spec *spec, uint32_t strategy)
{
	int r = put_op(message, NULL, spec);

	return r < 0 ? r : put_strategy(message, strategy);
}

int codec_encode_function(struct nl_msg *message, const struct function_name *function)
{
	return put_name(message, LPH_A_FUNCTION, function);
}

int codec_encode_id(struct nl_msg *message, uint32_t id)
{
	struct nlattr *op = nla_nest_start(message, LPH_A_OP | NLA_F_NESTED);

	if (!op || nla_put_u32(message, LPH_OP_A_ID, id) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, op);
	return 0;
}

int codec_encode_change_op(struct nl_msg *message, uint32_t id, const struct tracer_spec *spec, unsigned int fields,
			   uint32_t strategy)
{
	struct nlattr *op = nla_nest_start(message, LPH_A_OP | NLA_F_NESTED);

	if (!op || nla_put_u32(message, LPH_OP_A_ID, id) < 0 || put_spec(message, spec, fields) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, op);
	return put_strategy(message, strategy);
}

int codec_encode_del_op(struct nl_msg *message, uint32_t id, uint32_t strategy)
{
	int r = codec_encode_id(message, id);

	return r < 0 ? r : put_strategy(message, strategy);
}

int codec_encode_del_ops(struct nl_msg *message, uint32_t strategy)
{
	return put_strategy(message, strategy);
}

static int put_change(struct nl_msg *message, const struct codec_change *change)
{
	struct nlattr *transition = nla_nest_start(message, LPH_A_TRANSITION | NLA_F_NESTED);

	if (!transition || nla_put_u32(message, LPH_TRANSITION_A_STRATEGY, change->strategy) < 0 ||
	    nla_put_u32(message, LPH_TRANSITION_A_CONSISTENCY, change->consistency) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, transition);
	return 0;
}

int codec_encode_patch(struct nl_msg *message, const char *name, const struct codec_change *change)
{
	struct nlattr *patch = nla_nest_start(message, LPH_A_PATCH | NLA_F_NESTED);

	if (!patch || nla_put_string(message, LPH_PATCH_A_NAME, name) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, patch);
	return put_change(message, change);
}

int codec_encode_order(struct nl_msg *message, const char *names, const struct codec_change *change)
{
	struct nlattr *order = nla_nest_start(message, LPH_A_ORDER | NLA_F_NESTED);
	int type = 0;

	if (!order)
		return -EMSGSIZE;
	for (names += strspn(names, " "); *names; names += strspn(names, " ")) {
		_cleanup_free_ char *name = strndup(names, strcspn(names, " "));

		if (!name)
			return -ENOMEM;
		if (nla_put_string(message, ++type, name) < 0)
			return -EMSGSIZE;
		names += strlen(name);
	}
	(void)nla_nest_end(message, order);
	return put_change(message, change);
}

int codec_encode_cancel(struct nl_msg *message, uint64_t id)
{
	struct nlattr *transition = nla_nest_start(message, LPH_A_TRANSITION | NLA_F_NESTED);

	if (!transition || nla_put_u64(message, LPH_TRANSITION_A_ID, id) < 0)
		return -EMSGSIZE;
	(void)nla_nest_end(message, transition);
	return 0;
}
