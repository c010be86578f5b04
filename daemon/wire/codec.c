// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>

#include "model/helper-names.h"
#include "util/time-util.h"
#include "wire/attributes.h"
#include "wire/codec.h"

/* ------------------------------------------------------------ attributes */

static struct nla_policy function_policy[LPH_FUNCTION_A_MAX + 1] = {
	[LPH_FUNCTION_A_SYMBOL] = { .type = NLA_STRING },
	[LPH_FUNCTION_A_MODULE] = { .type = NLA_STRING },
	[LPH_FUNCTION_A_SYMPOS] = { .type = NLA_U32 },
	[LPH_FUNCTION_A_STATE] = { .type = NLA_U32 },
	[LPH_FUNCTION_A_BACKEND] = { .type = NLA_U32 },
	[LPH_FUNCTION_A_OPS] = { .type = NLA_NESTED },
	[LPH_FUNCTION_A_BODIES] = { .type = NLA_NESTED },
	[LPH_FUNCTION_A_PATCHED] = { .type = NLA_U32 },
};

static struct nla_policy patch_policy[LPH_PATCH_A_MAX + 1] = {
	[LPH_PATCH_A_NAME] = { .type = NLA_STRING },
	[LPH_PATCH_A_STATE] = { .type = NLA_U32 },
	[LPH_PATCH_A_ORDER] = { .type = NLA_U32 },
	[LPH_PATCH_A_FUNCTIONS] = { .type = NLA_NESTED },
};

static struct nla_policy blocker_policy[LPH_BLOCKER_A_MAX + 1] = {
	[LPH_BLOCKER_A_PID] = { .type = NLA_U32 },
	[LPH_BLOCKER_A_TID] = { .type = NLA_U32 },
	[LPH_BLOCKER_A_COMM] = { .type = NLA_STRING },
	[LPH_BLOCKER_A_REASON] = { .type = NLA_U32 },
	[LPH_BLOCKER_A_SYMBOL] = { .type = NLA_STRING },
};

static struct nla_policy op_policy[LPH_OP_A_MAX + 1] = {
	[LPH_OP_A_ID] = { .type = NLA_U32 },
	[LPH_OP_A_FUNCTION] = { .type = NLA_NESTED },
	[LPH_OP_A_KIND] = { .type = NLA_U32 },
	[LPH_OP_A_PRIORITY] = { .type = NLA_U32 },
	[LPH_OP_A_STATE] = { .type = NLA_U32 },
	[LPH_OP_A_HITS] = { .type = NLA_U64 },
	[LPH_OP_A_BODIES] = { .type = NLA_NESTED },
	[LPH_OP_A_BACKEND] = { .type = NLA_U32 },
	[LPH_OP_A_ERRNO] = { .type = NLA_U32 },
	[LPH_OP_A_MESSAGE] = { .type = NLA_STRING },
	[LPH_OP_A_PID] = { .type = NLA_U32 },
	[LPH_OP_A_COMM] = { .type = NLA_STRING },
	[LPH_OP_A_LABEL] = { .type = NLA_STRING },
	[LPH_OP_A_PROGRAM] = { .type = NLA_U32 },
	[LPH_OP_A_MISSED] = { .type = NLA_U64 },
};

static struct nla_policy body_policy[LPH_BODY_A_MAX + 1] = {
	[LPH_BODY_A_NAME] = { .type = NLA_STRING },
	[LPH_BODY_A_HITS] = { .type = NLA_U64 },
	[LPH_BODY_A_LATENCY] = { .type = NLA_NESTED },
};

static struct nla_policy transition_policy[LPH_TRANSITION_A_MAX + 1] = {
	[LPH_TRANSITION_A_ID] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_KIND] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_STATE] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_OP] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_FUNCTION] = { .type = NLA_NESTED },
	[LPH_TRANSITION_A_STRATEGY] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_QUEUED_AT] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_PHASES] = { .type = NLA_NESTED },
	[LPH_TRANSITION_A_TRAPS] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_MAX_DEPTH] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_OVERFLOWS] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_LAPSES] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_LONGEST_STOP] = { .type = NLA_U64 },
	[LPH_TRANSITION_A_ERRNO] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_MESSAGE] = { .type = NLA_STRING },
	[LPH_TRANSITION_A_BACKEND] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_PATCH] = { .type = NLA_STRING },
	[LPH_TRANSITION_A_CONSISTENCY] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_TASKS_TOTAL] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_TASKS_REMAINING] = { .type = NLA_U32 },
	[LPH_TRANSITION_A_OPS] = { .type = NLA_U32 },
};

static struct nla_policy phase_policy[LPH_PHASE_A_MAX + 1] = {
	[LPH_PHASE_A_PHASE] = { .type = NLA_U32 },
	[LPH_PHASE_A_AT] = { .type = NLA_U64 },
};

static struct nla_policy info_policy[LPH_INFO_A_MAX + 1] = {
	[LPH_INFO_A_VERSION] = { .type = NLA_STRING },
};

static struct nla_policy top_policy[LPH_A_MAX + 1] = {
	[LPH_A_INFO] = { .type = NLA_NESTED },
	[LPH_A_FUNCTION] = { .type = NLA_NESTED },
	[LPH_A_OP] = { .type = NLA_NESTED },
	[LPH_A_TRANSITION] = { .type = NLA_NESTED },
	[LPH_A_PATCH] = { .type = NLA_NESTED },
	[LPH_A_BLOCKER] = { .type = NLA_NESTED },
};

/* The nest @type of the top level, which has to be there. */
static int parse_top(struct nlattr **tb, int max, struct nla_policy *policy, int type, const void *attributes,
		     size_t size)
{
	struct nlattr *top[LPH_A_MAX + 1];
	int r;

	r = attributes_parse(top, LPH_A_MAX, attributes, size, top_policy);
	if (r < 0)
		return r;
	return top[type] ? attributes_parse_nested(tb, max, top[type], policy) : -EBADMSG;
}

static uint32_t get_backend(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : TRACER_BACKEND_NONE;
}

/* ---------------------------------------------------------------- decode */

static int decode_name(struct nlattr **tb, struct function_name *name)
{
	if (!tb[LPH_FUNCTION_A_SYMBOL])
		return -EBADMSG;
	attribute_string(tb[LPH_FUNCTION_A_SYMBOL], name->symbol, sizeof(name->symbol));
	attribute_string(tb[LPH_FUNCTION_A_MODULE], name->module, sizeof(name->module));
	name->sympos = attribute_u32(tb[LPH_FUNCTION_A_SYMPOS]);
	return 0;
}

static int decode_nested_name(struct nlattr *nest, struct function_name *name)
{
	struct nlattr *tb[LPH_FUNCTION_A_MAX + 1];
	int r;

	if (!nest)
		return -EBADMSG;
	r = attributes_parse_nested(tb, LPH_FUNCTION_A_MAX, nest, function_policy);
	return r < 0 ? r : decode_name(tb, name);
}

static size_t count_nested(struct nlattr *nest)
{
	struct nlattr *attribute;
	size_t n = 0;
	int rest;

	nla_for_each_nested(attribute, nest, rest)
		n++;
	return n;
}

static void decode_latency(struct nlattr *nest, uint64_t latency[LPH_LATENCY_BUCKETS])
{
	struct nlattr *attribute;
	int rest;

	if (!nest)
		return;
	nla_for_each_nested(attribute, nest, rest) {
		unsigned int bucket = (unsigned int)nla_type(attribute) - 1;

		if (bucket < LPH_LATENCY_BUCKETS && nla_len(attribute) >= (int)sizeof(uint64_t))
			latency[bucket] = nla_get_u64(attribute);
	}
}

static int decode_bodies(struct nlattr *nest, struct codec_body **ret, size_t *ret_n)
{
	_cleanup_free_ struct codec_body *bodies = NULL;
	struct nlattr *attribute;
	size_t n = 0;
	int rest, r;

	if (nest && count_nested(nest) > 0) {
		bodies = calloc(count_nested(nest), sizeof(*bodies));
		if (!bodies)
			return -ENOMEM;
		nla_for_each_nested(attribute, nest, rest) {
			struct nlattr *tb[LPH_BODY_A_MAX + 1];

			r = attributes_parse_nested(tb, LPH_BODY_A_MAX, attribute, body_policy);
			if (r < 0)
				return r;
			if (!tb[LPH_BODY_A_NAME])
				return -EBADMSG;
			attribute_string(tb[LPH_BODY_A_NAME], bodies[n].name, sizeof(bodies[n].name));
			decode_latency(tb[LPH_BODY_A_LATENCY], bodies[n].latency);
			bodies[n++].hits = attribute_u64(tb[LPH_BODY_A_HITS]);
		}
	}
	*ret = TAKE_PTR(bodies);
	*ret_n = n;
	return 0;
}

static void decode_spec(struct nlattr **tb, struct tracer_spec *spec)
{
	spec->kind = attribute_u32(tb[LPH_OP_A_KIND]);
	spec->priority = (int32_t)attribute_u32(tb[LPH_OP_A_PRIORITY]);
	spec->pid = attribute_u32(tb[LPH_OP_A_PID]);
	attribute_string(tb[LPH_OP_A_COMM], spec->comm, sizeof(spec->comm));
	attribute_string(tb[LPH_OP_A_LABEL], spec->label, sizeof(spec->label));
	spec->program = attribute_u32(tb[LPH_OP_A_PROGRAM]);
}

int codec_decode_op(const void *attributes, size_t size, struct codec_op *ret)
{
	struct nlattr *tb[LPH_OP_A_MAX + 1];
	struct codec_op op = { 0 };
	int r;

	r = parse_top(tb, LPH_OP_A_MAX, op_policy, LPH_A_OP, attributes, size);
	if (r < 0)
		return r;
	if (!tb[LPH_OP_A_ID])
		return -EBADMSG;
	op.id = attribute_u32(tb[LPH_OP_A_ID]);
	decode_spec(tb, &op.spec);
	op.state = attribute_u32(tb[LPH_OP_A_STATE]);
	op.hits = attribute_u64(tb[LPH_OP_A_HITS]);
	op.missed = attribute_u64(tb[LPH_OP_A_MISSED]);
	op.backend = get_backend(tb[LPH_OP_A_BACKEND]);
	if (tb[LPH_OP_A_FUNCTION]) {
		r = decode_nested_name(tb[LPH_OP_A_FUNCTION], &op.function);
		if (r < 0)
			return r;
	}
	r = decode_bodies(tb[LPH_OP_A_BODIES], &op.bodies, &op.n_bodies);
	if (r < 0)
		return r;
	*ret = op;
	return 0;
}

void codec_op_clear(struct codec_op *op)
{
	free(op->bodies);
	*op = (struct codec_op){ 0 };
}

static int decode_op_ids(struct nlattr *nest, uint32_t **ret, size_t *ret_n)
{
	_cleanup_free_ uint32_t *ids = NULL;
	struct nlattr *attribute;
	size_t n = 0;
	int rest, r;

	if (nest && count_nested(nest) > 0) {
		ids = calloc(count_nested(nest), sizeof(*ids));
		if (!ids)
			return -ENOMEM;
		nla_for_each_nested(attribute, nest, rest) {
			struct nlattr *tb[LPH_OP_A_MAX + 1];

			r = attributes_parse_nested(tb, LPH_OP_A_MAX, attribute, op_policy);
			if (r < 0)
				return r;
			if (!tb[LPH_OP_A_ID])
				return -EBADMSG;
			ids[n++] = nla_get_u32(tb[LPH_OP_A_ID]);
		}
	}
	*ret = TAKE_PTR(ids);
	*ret_n = n;
	return 0;
}

int codec_decode_function(const void *attributes, size_t size, struct codec_function *ret)
{
	_cleanup_(codec_function_clear) struct codec_function function = { 0 };
	struct nlattr *tb[LPH_FUNCTION_A_MAX + 1];
	int r;

	r = parse_top(tb, LPH_FUNCTION_A_MAX, function_policy, LPH_A_FUNCTION, attributes, size);
	if (r < 0)
		return r;
	r = decode_name(tb, &function.name);
	if (r < 0)
		return r;
	function.state = attribute_u32(tb[LPH_FUNCTION_A_STATE]);
	function.backend = get_backend(tb[LPH_FUNCTION_A_BACKEND]);
	r = decode_op_ids(tb[LPH_FUNCTION_A_OPS], &function.ops, &function.n_ops);
	if (r < 0)
		return r;
	r = decode_bodies(tb[LPH_FUNCTION_A_BODIES], &function.bodies, &function.n_bodies);
	if (r < 0)
		return r;
	*ret = function;
	function = (struct codec_function){ 0 };
	return 0;
}

void codec_function_clear(struct codec_function *function)
{
	free(function->ops);
	free(function->bodies);
	*function = (struct codec_function){ 0 };
}

static int decode_patch_functions(struct nlattr *nest, struct codec_patch *patch)
{
	struct nlattr *attribute;
	int rest, r;

	if (!nest || count_nested(nest) == 0)
		return 0;
	patch->functions = calloc(count_nested(nest), sizeof(*patch->functions));
	if (!patch->functions)
		return -ENOMEM;
	nla_for_each_nested(attribute, nest, rest) {
		struct codec_patch_function *function = patch->functions + patch->n_functions;
		struct nlattr *tb[LPH_FUNCTION_A_MAX + 1];

		r = attributes_parse_nested(tb, LPH_FUNCTION_A_MAX, attribute, function_policy);
		if (r < 0)
			return r;
		r = decode_name(tb, &function->name);
		if (r < 0)
			return r;
		function->patched = attribute_u32(tb[LPH_FUNCTION_A_PATCHED]);
		patch->n_functions++;
	}
	return 0;
}

int codec_decode_patch(const void *attributes, size_t size, struct codec_patch *ret)
{
	_cleanup_(codec_patch_clear) struct codec_patch patch = { 0 };
	struct nlattr *tb[LPH_PATCH_A_MAX + 1];
	int r;

	r = parse_top(tb, LPH_PATCH_A_MAX, patch_policy, LPH_A_PATCH, attributes, size);
	if (r < 0)
		return r;
	if (!tb[LPH_PATCH_A_NAME])
		return -EBADMSG;
	attribute_string(tb[LPH_PATCH_A_NAME], patch.name, sizeof(patch.name));
	patch.state = attribute_u32(tb[LPH_PATCH_A_STATE]);
	patch.order = attribute_u32(tb[LPH_PATCH_A_ORDER]);
	r = decode_patch_functions(tb[LPH_PATCH_A_FUNCTIONS], &patch);
	if (r < 0)
		return r;
	*ret = patch;
	patch = (struct codec_patch){ 0 };
	return 0;
}

void codec_patch_clear(struct codec_patch *patch)
{
	free(patch->functions);
	*patch = (struct codec_patch){ 0 };
}

int codec_decode_blocker(const void *attributes, size_t size, struct codec_blocker *ret)
{
	struct nlattr *tb[LPH_BLOCKER_A_MAX + 1];
	struct codec_blocker blocker = { 0 };
	int r;

	r = parse_top(tb, LPH_BLOCKER_A_MAX, blocker_policy, LPH_A_BLOCKER, attributes, size);
	if (r < 0)
		return r;
	if (!tb[LPH_BLOCKER_A_TID])
		return -EBADMSG;
	blocker.pid = attribute_u32(tb[LPH_BLOCKER_A_PID]);
	blocker.tid = attribute_u32(tb[LPH_BLOCKER_A_TID]);
	blocker.reason = attribute_u32(tb[LPH_BLOCKER_A_REASON]);
	attribute_string(tb[LPH_BLOCKER_A_COMM], blocker.comm, sizeof(blocker.comm));
	attribute_string(tb[LPH_BLOCKER_A_SYMBOL], blocker.symbol, sizeof(blocker.symbol));
	*ret = blocker;
	return 0;
}

static int decode_phases(struct nlattr *nest, struct codec_transition *transition)
{
	struct nlattr *attribute;
	int rest, r;

	if (!nest)
		return 0;
	nla_for_each_nested(attribute, nest, rest) {
		struct nlattr *tb[LPH_PHASE_A_MAX + 1];
		uint64_t at;

		r = attributes_parse_nested(tb, LPH_PHASE_A_MAX, attribute, phase_policy);
		if (r < 0)
			return r;
		at = transition->queued_at + attribute_u64(tb[LPH_PHASE_A_AT]) / NSEC_PER_USEC;
		if (attribute_u32(tb[LPH_PHASE_A_PHASE]) == LPH_PHASE_START)
			transition->started_at = at;
		else if (attribute_u32(tb[LPH_PHASE_A_PHASE]) == LPH_PHASE_SETTLED)
			transition->settled_at = at;
	}
	return 0;
}

int codec_decode_transition(const void *attributes, size_t size, struct codec_transition *ret)
{
	struct nlattr *tb[LPH_TRANSITION_A_MAX + 1];
	struct codec_transition transition = { 0 };
	int r;

	r = parse_top(tb, LPH_TRANSITION_A_MAX, transition_policy, LPH_A_TRANSITION, attributes, size);
	if (r < 0)
		return r;
	if (!tb[LPH_TRANSITION_A_ID])
		return -EBADMSG;
	transition.id = attribute_u64(tb[LPH_TRANSITION_A_ID]);
	transition.kind = attribute_u32(tb[LPH_TRANSITION_A_KIND]);
	transition.state = attribute_u32(tb[LPH_TRANSITION_A_STATE]);
	transition.op = attribute_u32(tb[LPH_TRANSITION_A_OP]);
	transition.n_ops = attribute_u32(tb[LPH_TRANSITION_A_OPS]);
	transition.strategy = attribute_u32(tb[LPH_TRANSITION_A_STRATEGY]);
	transition.queued_at = attribute_u64(tb[LPH_TRANSITION_A_QUEUED_AT]) / NSEC_PER_USEC;
	transition.traps = attribute_u64(tb[LPH_TRANSITION_A_TRAPS]);
	transition.max_depth = attribute_u32(tb[LPH_TRANSITION_A_MAX_DEPTH]);
	transition.overflows = attribute_u64(tb[LPH_TRANSITION_A_OVERFLOWS]);
	transition.lapses = attribute_u64(tb[LPH_TRANSITION_A_LAPSES]);
	transition.longest_stop = attribute_u64(tb[LPH_TRANSITION_A_LONGEST_STOP]);
	transition.error = attribute_u32(tb[LPH_TRANSITION_A_ERRNO]);
	transition.backend = get_backend(tb[LPH_TRANSITION_A_BACKEND]);
	attribute_string(tb[LPH_TRANSITION_A_MESSAGE], transition.message, sizeof(transition.message));
	attribute_string(tb[LPH_TRANSITION_A_PATCH], transition.patch, sizeof(transition.patch));
	transition.consistency = attribute_u32(tb[LPH_TRANSITION_A_CONSISTENCY]);
	transition.tasks_total = attribute_u32(tb[LPH_TRANSITION_A_TASKS_TOTAL]);
	transition.tasks_remaining = attribute_u32(tb[LPH_TRANSITION_A_TASKS_REMAINING]);
	if (tb[LPH_TRANSITION_A_FUNCTION]) {
		r = decode_nested_name(tb[LPH_TRANSITION_A_FUNCTION], &transition.function);
		if (r < 0)
			return r;
	}
	r = decode_phases(tb[LPH_TRANSITION_A_PHASES], &transition);
	if (r < 0)
		return r;
	*ret = transition;
	return 0;
}

bool codec_is_of_patches(const struct codec_transition *transition)
{
	return transition->kind >= LPH_TRANSITION_APPLY && transition->kind <= LPH_TRANSITION_ORDER;
}

bool codec_is_settled(const struct codec_transition *transition)
{
	return transition->state >= LPH_TRANSITION_DONE;
}

int codec_decode_result(const void *attributes, size_t size, struct codec_result *ret)
{
	struct nlattr *top[LPH_A_MAX + 1], *op[LPH_OP_A_MAX + 1], *transition[LPH_TRANSITION_A_MAX + 1];
	struct codec_result result = { 0 };
	int r;

	r = attributes_parse(top, LPH_A_MAX, attributes, size, top_policy);
	if (r < 0)
		return r;
	if (!top[LPH_A_OP])
		return -EBADMSG;
	r = attributes_parse_nested(op, LPH_OP_A_MAX, top[LPH_A_OP], op_policy);
	if (r < 0)
		return r;
	if (!op[LPH_OP_A_ID] == !op[LPH_OP_A_ERRNO])
		return -EBADMSG;
	result.id = attribute_u32(op[LPH_OP_A_ID]);
	result.error = attribute_u32(op[LPH_OP_A_ERRNO]);
	attribute_string(op[LPH_OP_A_MESSAGE], result.message, sizeof(result.message));
	if (top[LPH_A_TRANSITION]) {
		r = attributes_parse_nested(transition, LPH_TRANSITION_A_MAX, top[LPH_A_TRANSITION], transition_policy);
		if (r < 0)
			return r;
		result.transition = attribute_u64(transition[LPH_TRANSITION_A_ID]);
	}
	*ret = result;
	return 0;
}

int codec_decode_version(const void *attributes, size_t size, char *version, size_t version_size)
{
	struct nlattr *tb[LPH_INFO_A_MAX + 1];
	int r;

	r = parse_top(tb, LPH_INFO_A_MAX, info_policy, LPH_A_INFO, attributes, size);
	if (r < 0)
		return r;
	if (!tb[LPH_INFO_A_VERSION])
		return -EBADMSG;
	attribute_string(tb[LPH_INFO_A_VERSION], version, version_size);
	return 0;
}
