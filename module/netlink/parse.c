// SPDX-License-Identifier: GPL-2.0-only
/*
 * What netlink requests say, and the words in which they are refused.
 */
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "error.h"
#include "kinds/bpf.h"
#include "netlink/parse.h"
#include "op.h"
#include "symbol.h"

static const struct nla_policy function_policy[LPH_FUNCTION_A_MAX + 1] = {
	[LPH_FUNCTION_A_SYMBOL] = { .type = NLA_NUL_STRING, .len = LPH_SYMBOL_LEN - 1 },
	[LPH_FUNCTION_A_MODULE] = { .type = NLA_NUL_STRING, .len = LPH_MODULE_LEN - 1 },
	[LPH_FUNCTION_A_SYMPOS] = { .type = NLA_U32 },
};

static const struct nla_policy op_policy[LPH_OP_A_MAX + 1] = {
	[LPH_OP_A_ID] = { .type = NLA_U32 },
	[LPH_OP_A_FUNCTION] = NLA_POLICY_NESTED(function_policy),
	[LPH_OP_A_KIND] = NLA_POLICY_MAX(NLA_U32, LPH_KIND_MAX),
	[LPH_OP_A_PRIORITY] = { .type = NLA_S32 },
	[LPH_OP_A_PID] = { .type = NLA_U32 },
	[LPH_OP_A_COMM] = { .type = NLA_NUL_STRING, .len = LPH_COMM_LEN - 1 },
	[LPH_OP_A_PROGRAM] = { .type = NLA_U32 },
	[LPH_OP_A_REGISTERS] = { .type = NLA_FLAG },
	[LPH_OP_A_LABEL] = { .type = NLA_NUL_STRING, .len = LPH_LABEL_LEN - 1 },
};

static const struct nla_policy transition_policy[LPH_TRANSITION_A_MAX + 1] = {
	[LPH_TRANSITION_A_ID] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_STRATEGY] = NLA_POLICY_MAX(NLA_U32, LPH_STRATEGY_MAX),
	[LPH_TRANSITION_A_CONSISTENCY] = NLA_POLICY_MAX(NLA_U32, LPH_CONSISTENCY_MAX),
};

static const struct nla_policy patch_policy[LPH_PATCH_A_MAX + 1] = {
	[LPH_PATCH_A_NAME] = { .type = NLA_NUL_STRING, .len = LPH_MODULE_LEN - 1 },
};

static const struct nla_policy blocker_policy[LPH_BLOCKER_A_MAX + 1] = {
	[LPH_BLOCKER_A_TID] = { .type = NLA_U32 },
};

const struct nla_policy lph_nl_policy[LPH_A_MAX + 1] = {
	[LPH_A_OP] = NLA_POLICY_NESTED(op_policy),
	[LPH_A_TRANSITION] = NLA_POLICY_NESTED(transition_policy),
	[LPH_A_PATCH] = NLA_POLICY_NESTED(patch_policy),
	[LPH_A_ORDER] = { .type = NLA_NESTED },
};

/* Of the commands that change several ops. */
const struct nla_policy lph_nl_bulk_policy[LPH_A_MAX + 1] = {
	[LPH_A_FUNCTION] = NLA_POLICY_NESTED(function_policy),
	[LPH_A_OP] = NLA_POLICY_NESTED(op_policy),
	[LPH_A_TRANSITION] = NLA_POLICY_NESTED(transition_policy),
};

/* Of LPH_CMD_GET_STACK. */
const struct nla_policy lph_nl_stack_policy[LPH_A_MAX + 1] = {
	[LPH_A_FUNCTION] = NLA_POLICY_NESTED(function_policy),
	[LPH_A_BLOCKER] = NLA_POLICY_NESTED(blocker_policy),
};

/* Of a dump, what handlers of other requests get, as far as what parses it looks at. */
void lph_nl_dump_info(struct netlink_callback *cb, struct genl_info *info)
{
	*info = (struct genl_info){
		.nlhdr = (struct nlmsghdr *)cb->nlh,
		.extack = cb->extack,
		.user_ptr = { cb->skb },
	};
}

/*
 * Refuses the request with @r, in @error's words, to its sender. An extack points
 * to its text, or has 80 bytes for it (6.2 and later); and netlink builds the
 * acknowledgment after the handler has returned, when nothing of the handler's is
 * left to point to. So it is built here, where the words are, and netlink is told
 * not to build another, by what it takes to mean that.
 */
int lph_nl_say(struct genl_info *info, const struct lph_error *error, int r)
{
	const struct netlink_ext_ack extack = { ._msg = error->text };

	netlink_ack(info->user_ptr[0], (struct nlmsghdr *)info->nlhdr, r, &extack);
	return -EINTR;
}

int lph_nl_refuse(struct genl_info *info, int r, const char *why)
{
	struct lph_error error;

	strscpy(error.text, why, sizeof(error.text));
	return lph_nl_say(info, &error, r);
}

/* What a request that changes which body runs begins with. */
int lph_nl_require_patching(struct sk_buff *skb, struct genl_info *info)
{
	info->user_ptr[0] = skb;
	if (netlink_capable(skb, CAP_SYS_MODULE))
		return 0;
	return lph_nl_refuse(info, -EPERM,
			     "changing what runs needs CAP_SYS_MODULE in the initial user namespace");
}

/* As perfmon_capable() and bpf_capable(), of a request's sender. */
static bool has(struct sk_buff *skb, int capability)
{
	return netlink_capable(skb, capability) || netlink_capable(skb, CAP_SYS_ADMIN);
}

/* What a request that only watches what runs begins with. */
int lph_nl_require_tracing(struct sk_buff *skb, struct genl_info *info)
{
	info->user_ptr[0] = skb;
	if (has(skb, CAP_PERFMON))
		return 0;
	return lph_nl_refuse(info, -EPERM,
			     "tracers and stacks need CAP_PERFMON in the initial user namespace");
}

/* Parses a function, or with no SYMBOL a module: symbol->name is NULL then. */
int lph_nl_parse_place(struct genl_info *info, const struct nlattr *attr,
		       struct lph_symbol *symbol)
{
	struct nlattr *tb[LPH_FUNCTION_A_MAX + 1];
	const char *module = LPH_VMLINUX;
	int r;

	r = nla_parse_nested(tb, LPH_FUNCTION_A_MAX, attr, function_policy, info->extack);
	if (r)
		return r;
	symbol->name = NULL;
	if (tb[LPH_FUNCTION_A_SYMBOL])
		symbol->name = nla_data(tb[LPH_FUNCTION_A_SYMBOL]);
	symbol->sympos = 0;
	if (tb[LPH_FUNCTION_A_SYMPOS])
		symbol->sympos = nla_get_u32(tb[LPH_FUNCTION_A_SYMPOS]);
	if (tb[LPH_FUNCTION_A_MODULE])
		module = nla_data(tb[LPH_FUNCTION_A_MODULE]);
	strscpy(symbol->module, module, sizeof(symbol->module));
	return 0;
}

int lph_nl_parse_symbol(struct genl_info *info, const struct nlattr *attr,
			struct lph_symbol *symbol)
{
	int r = lph_nl_parse_place(info, attr, symbol);

	if (!r && !symbol->name)
		r = lph_nl_refuse(info, -EINVAL, "LPH_FUNCTION_A_SYMBOL is missing");
	return r;
}

/* Parses LPH_A_OP into @tb, which is left alone on failure. */
int lph_nl_parse_op(struct genl_info *info, struct nlattr **tb)
{
	if (!info->attrs[LPH_A_OP])
		return lph_nl_refuse(info, -EINVAL, "LPH_A_OP is missing");
	return nla_parse_nested(tb, LPH_OP_A_MAX, info->attrs[LPH_A_OP], op_policy,
				info->extack);
}

/* The program of a BPF op; the request is handled in its sender's context. */
static int parse_program(struct genl_info *info, const struct nlattr *attr,
			 struct lph_op_spec *spec)
{
	bool wanted = spec->kind == LPH_KIND_BPF;
	struct bpf_prog *program;
	struct lph_error error;

	if (wanted != !!attr)
		return lph_nl_refuse(info, -EINVAL,
				     "LPH_OP_A_PROGRAM is for LPH_KIND_BPF, and only for that");
	if (!attr)
		return 0;
	if (!has(info->user_ptr[0], CAP_BPF))
		return lph_nl_refuse(info, -EPERM,
				     "a tracer's program needs CAP_BPF, too, in the initial user namespace");
	program = lph_bpf_get(nla_get_u32(attr), &error);
	if (IS_ERR(program))
		return lph_nl_say(info, &error, PTR_ERR(program));
	spec->program = program;
	return 0;
}

/* What comes with a kind. */
static int parse_kind(struct genl_info *info, struct nlattr **tb, struct lph_op_spec *spec)
{
	if (!tb[LPH_OP_A_KIND]) {
		if (tb[LPH_OP_A_PROGRAM] || tb[LPH_OP_A_LABEL] || tb[LPH_OP_A_REGISTERS])
			return lph_nl_refuse(info, -EINVAL, "LPH_OP_A_KIND is missing");
		return 0;
	}
	spec->kind = nla_get_u32(tb[LPH_OP_A_KIND]);
	spec->registers = tb[LPH_OP_A_REGISTERS];
	if (spec->registers && spec->kind != LPH_KIND_LATENCY)
		return lph_nl_refuse(info, -EINVAL, "LPH_OP_A_REGISTERS is for LPH_KIND_LATENCY");
	if (tb[LPH_OP_A_LABEL])
		spec->label = nla_data(tb[LPH_OP_A_LABEL]);
	return parse_program(info, tb[LPH_OP_A_PROGRAM], spec);
}

/*
 * What the attributes @tb of LPH_A_OP want of an op, without them: zero. @spec
 * lives as long as they do, and ends in lph_nl_end_spec().
 */
int lph_nl_parse_spec(struct genl_info *info, struct nlattr **tb, struct lph_op_spec *spec)
{
	*spec = (struct lph_op_spec){};
	if (tb[LPH_OP_A_PRIORITY])
		spec->priority = nla_get_s32(tb[LPH_OP_A_PRIORITY]);
	if (tb[LPH_OP_A_PID])
		spec->filter.pid = nla_get_u32(tb[LPH_OP_A_PID]);
	if (tb[LPH_OP_A_COMM])
		nla_strscpy(spec->filter.comm, tb[LPH_OP_A_COMM], sizeof(spec->filter.comm));
	return parse_kind(info, tb, spec);
}

/* What the attributes @tb do not name stays as it is of @op; @spec lives as that does, too. */
void lph_nl_fill_spec(const struct lph_op *op, struct nlattr **tb, struct lph_op_spec *spec)
{
	if (!tb[LPH_OP_A_KIND]) {
		spec->kind = op->kind;
		spec->program = op->program;
		spec->label = op->label;
	}
	if (!tb[LPH_OP_A_PRIORITY])
		spec->priority = op->priority;
	if (!tb[LPH_OP_A_PID])
		spec->filter.pid = op->filter.pid;
	if (!tb[LPH_OP_A_COMM])
		memcpy(spec->filter.comm, op->filter.comm, sizeof(spec->filter.comm));
}

void lph_nl_end_spec(struct lph_op_spec *spec)
{
	if (spec->program)
		lph_bpf_put(spec->program);
}

/* Parses LPH_A_TRANSITION, where there is one, into @tb, else all NULL. */
int lph_nl_parse_change(struct genl_info *info, struct nlattr **tb)
{
	const struct nlattr *attr = info->attrs[LPH_A_TRANSITION];

	memset(tb, 0, (LPH_TRANSITION_A_MAX + 1) * sizeof(*tb));
	if (!attr)
		return 0;
	return nla_parse_nested(tb, LPH_TRANSITION_A_MAX, attr, transition_policy,
				info->extack);
}

/* Parses what a request says of its transition. */
int lph_nl_parse_transition(struct genl_info *info, enum lph_strategy *ret_strategy)
{
	struct nlattr *tb[LPH_TRANSITION_A_MAX + 1];
	int r;

	r = lph_nl_parse_change(info, tb);
	if (r)
		return r;
	*ret_strategy = LPH_STRATEGY_SLOTS;
	if (tb[LPH_TRANSITION_A_STRATEGY])
		*ret_strategy = nla_get_u32(tb[LPH_TRANSITION_A_STRATEGY]);
	return 0;
}

/* Parses LPH_A_PATCH { LPH_PATCH_A_NAME }. */
int lph_nl_parse_patch(struct genl_info *info, const char **ret_name)
{
	struct nlattr *tb[LPH_PATCH_A_MAX + 1];
	int r;

	if (!info->attrs[LPH_A_PATCH])
		return lph_nl_refuse(info, -EINVAL, "LPH_A_PATCH is missing");
	r = nla_parse_nested(tb, LPH_PATCH_A_MAX, info->attrs[LPH_A_PATCH], patch_policy,
			     info->extack);
	if (r)
		return r;
	if (!tb[LPH_PATCH_A_NAME])
		return lph_nl_refuse(info, -EINVAL, "LPH_PATCH_A_NAME is missing");
	*ret_name = nla_data(tb[LPH_PATCH_A_NAME]);
	return 0;
}
