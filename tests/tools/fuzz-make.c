// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests, as <linux/livepatch_helper.h> has them, and such that are wrong in one way or
 * another: of each part, with some chance.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* What is not there, cannot be traced, or is not the name of anything. */
static char *const bad_functions[] = {
	"no_such_function",
	"",
	"lph_test:no_such_function",
	"no_such_module:x",
	"do_int3",
	"*",
	"livepatch_helper:lph_anchor",
	"lph_test:lph_target_notrace",
	"lph_test:lph_twice",
};
static char *const bad_patches[] = { "no_such_patch", "", "lph_test", "livepatch_helper" };

#define N_BAD_FUNCTIONS (sizeof(bad_functions) / sizeof(*bad_functions))
#define N_BAD_PATCHES (sizeof(bad_patches) / sizeof(*bad_patches))

static uint32_t any(struct fuzz_maker *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (uint32_t)(m->random >> 16);
}

unsigned int fuzz_upto(struct fuzz_maker *m, unsigned int n)
{
	return any(m) % n;
}

static bool one_in(struct fuzz_maker *m, unsigned int n)
{
	return !fuzz_upto(m, n);
}

static bool breaks(struct fuzz_maker *m, unsigned int n)
{
	return m->broken && one_in(m, n);
}

static void put_bytes(struct fuzz_maker *m, uint16_t type, unsigned int max)
{
	unsigned char bytes[256];
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)any(m);
	raw_put(m->raw, type, bytes, fuzz_upto(m, max));
}

/* An attribute of no meaning. */
static void may_put_noise(struct fuzz_maker *m)
{
	if (breaks(m, 40))
		put_bytes(m, (uint16_t)(one_in(m, 2) ? any(m) : fuzz_upto(m, 32)), 256);
}

static void put_u32(struct fuzz_maker *m, uint16_t type, uint32_t value)
{
	if (breaks(m, 60))
		put_bytes(m, type, 12);
	else
		raw_u32(m->raw, type, value);
	if (breaks(m, 60))
		raw_u32(m->raw, type, value + fuzz_upto(m, 3));
}

static void put_string(struct fuzz_maker *m, uint16_t type, const char *string)
{
	char longer[1024];

	if (breaks(m, 60)) {
		raw_put(m->raw, type, string, strlen(string));
	} else if (breaks(m, 60)) {
		memset(longer, 'a', sizeof(longer));
		longer[fuzz_upto(m, sizeof(longer))] = '\0';
		raw_put(m->raw, type, longer, 1 + fuzz_upto(m, sizeof(longer)));
	} else {
		raw_string(m->raw, type, string);
	}
	if (breaks(m, 60))
		raw_string(m->raw, type, string);
}

static size_t begin(struct fuzz_maker *m, uint16_t type)
{
	return raw_begin(m->raw, (uint16_t)(breaks(m, 60) ? type : type | NLA_F_NESTED));
}

static void end(struct fuzz_maker *m, size_t at)
{
	struct nlattr *attr = (struct nlattr *)(m->raw->data + at);

	may_put_noise(m);
	raw_end(m->raw, at);
	if (breaks(m, 80))
		attr->nla_len = (uint16_t)(one_in(m, 2) ? any(m) : fuzz_upto(m, attr->nla_len + 8));
}

static void put_function(struct fuzz_maker *m, uint16_t type)
{
	const struct fuzz_names *names = m->names;
	const char *name = names->functions[fuzz_upto(m, names->n_functions)], *colon;
	size_t at = begin(m, type);
	char module[256];

	if (one_in(m, 20))
		name = bad_functions[fuzz_upto(m, N_BAD_FUNCTIONS)];
	colon = strchr(name, ':');
	if (colon) {
		memcpy(module, name, (size_t)(colon - name));
		module[colon - name] = '\0';
		put_string(m, LPH_FUNCTION_A_MODULE, module);
		name = colon + 1;
	}
	if (!breaks(m, 40))
		put_string(m, LPH_FUNCTION_A_SYMBOL, name);
	if (one_in(m, 10))
		put_u32(m, LPH_FUNCTION_A_SYMPOS, breaks(m, 4) ? any(m) : 0);
	end(m, at);
}

static void put_kind(struct fuzz_maker *m)
{
	static const uint32_t kinds[] = { LPH_KIND_COUNT, LPH_KIND_COUNT, LPH_KIND_EVENT, LPH_KIND_LATENCY };
	uint32_t kind = kinds[fuzz_upto(m, sizeof(kinds) / sizeof(*kinds))];

	if (breaks(m, 20))
		kind = one_in(m, 2) ? LPH_KIND_BPF : any(m);
	put_u32(m, LPH_OP_A_KIND, kind);
	if ((kind == LPH_KIND_LATENCY) != breaks(m, 20))
		raw_put(m->raw, LPH_OP_A_REGISTERS, NULL, 0);
	if (kind == LPH_KIND_BPF || breaks(m, 30))
		put_u32(m, LPH_OP_A_PROGRAM, fuzz_upto(m, 12));
	if (one_in(m, 4))
		put_string(m, LPH_OP_A_LABEL, one_in(m, 2) ? "label" : "a longer label, with words");
}

static void put_filter(struct fuzz_maker *m)
{
	if (one_in(m, 2))
		put_u32(m, LPH_OP_A_PRIORITY, one_in(m, 8) ? any(m) : fuzz_upto(m, 9) - 4);
	if (one_in(m, 6))
		put_u32(m, LPH_OP_A_PID, one_in(m, 2) ? fuzz_upto(m, 3) : any(m));
	if (one_in(m, 6))
		put_string(m, LPH_OP_A_COMM, one_in(m, 2) ? "cat" : "");
}

/* Of one of the ops that were added lately; by chance, of none. */
static void put_id(struct fuzz_maker *m)
{
	uint32_t n = atomic_load(&m->shared->n_added);
	uint32_t id = any(m);

	if (n && !one_in(m, 40))
		id = atomic_load(&m->shared->recent[fuzz_upto(m, n < FUZZ_RECENT ? n : FUZZ_RECENT)]);
	put_u32(m, LPH_OP_A_ID, id);
}

enum { OP_ID = 1,
       OP_FUNCTION = 2,
       OP_KIND = 4,
       OP_FILTER = 8 };

static void put_op(struct fuzz_maker *m, unsigned int parts)
{
	size_t at = begin(m, LPH_A_OP);

	if (breaks(m, 20))
		parts ^= 1U << fuzz_upto(m, 4);
	if (parts & OP_ID)
		put_id(m);
	if (parts & OP_FUNCTION)
		put_function(m, LPH_OP_A_FUNCTION);
	if (parts & OP_KIND)
		put_kind(m);
	if (parts & OP_FILTER)
		put_filter(m);
	end(m, at);
	if (breaks(m, 60))
		put_op(m, parts);
}

static void put_transition(struct fuzz_maker *m, bool id)
{
	size_t at = begin(m, LPH_A_TRANSITION);

	if (one_in(m, 2))
		put_u32(m, LPH_TRANSITION_A_STRATEGY, breaks(m, 20) ? any(m) : fuzz_upto(m, LPH_STRATEGY_MAX + 1));
	if (one_in(m, 2))
		put_u32(m, LPH_TRANSITION_A_CONSISTENCY,
			breaks(m, 20) ? any(m) : fuzz_upto(m, LPH_CONSISTENCY_MAX + 1));
	if (id && !breaks(m, 20))
		raw_u64(m->raw, LPH_TRANSITION_A_ID,
			atomic_load(&m->shared->last_transition) - fuzz_upto(m, 4));
	end(m, at);
}

static void may_put_transition(struct fuzz_maker *m)
{
	if (one_in(m, 2))
		put_transition(m, false);
}

static const char *any_patch(struct fuzz_maker *m)
{
	if (!m->names->n_patches || one_in(m, 20))
		return bad_patches[fuzz_upto(m, N_BAD_PATCHES)];
	return m->names->patches[fuzz_upto(m, m->names->n_patches)];
}

static void put_patch(struct fuzz_maker *m)
{
	size_t at = begin(m, LPH_A_PATCH);

	if (!breaks(m, 30))
		put_string(m, LPH_PATCH_A_NAME, any_patch(m));
	end(m, at);
}

/* Some of the patches, each once, in any order; or as many names as there is room for. */
static void put_order(struct fuzz_maker *m)
{
	const char *names[FUZZ_NAMES];
	unsigned int n = m->names->n_patches, some, i, j;
	size_t at = begin(m, LPH_A_ORDER);

	for (i = 0; i < n; i++) {
		j = fuzz_upto(m, i + 1);
		names[i] = names[j];
		names[j] = m->names->patches[i];
	}
	some = fuzz_upto(m, n + 1);
	for (i = 0; i < some; i++)
		put_string(m, (uint16_t)(i + 1), names[i]);
	if (breaks(m, 20))
		for (i = fuzz_upto(m, 3000); i; i--)
			raw_string(m->raw, (uint16_t)i, any_patch(m));
	end(m, at);
}

/* How many of something a request names: a few, some, and once in a while too many. */
static unsigned int how_many(struct fuzz_maker *m, unsigned int max)
{
	if (breaks(m, 300))
		return fuzz_upto(m, max + max / 8);
	return one_in(m, 8) ? fuzz_upto(m, 60) : fuzz_upto(m, 6);
}

static void put_blockers(struct fuzz_maker *m)
{
	unsigned int n = how_many(m, LPH_STACK_TASKS);
	size_t at;

	while (n--) {
		at = begin(m, LPH_A_BLOCKER);
		put_u32(m, LPH_BLOCKER_A_TID, one_in(m, 4) ? any(m) : fuzz_upto(m, 300));
		end(m, at);
	}
}

static void put_anything(struct fuzz_maker *m)
{
	switch (fuzz_upto(m, 7)) {
	case 0:
		put_op(m, fuzz_upto(m, 16));
		break;
	case 1:
		put_transition(m, true);
		break;
	case 2:
		put_patch(m);
		break;
	case 3:
		put_order(m);
		break;
	case 4:
		put_blockers(m);
		break;
	case 5:
		put_function(m, LPH_A_FUNCTION);
		break;
	default:
		put_bytes(m, (uint16_t)any(m), 256);
	}
}

/* Return: the flags that it takes. */
static uint16_t put_request(struct fuzz_maker *m, uint8_t command)
{
	unsigned int n;

	switch (command) {
	case LPH_CMD_ADD_OP:
		put_op(m, OP_FUNCTION | OP_KIND | OP_FILTER);
		may_put_transition(m);
		return 0;
	case LPH_CMD_DEL_OP:
		put_op(m, OP_ID);
		may_put_transition(m);
		return 0;
	case LPH_CMD_CHANGE_OP:
		put_op(m, OP_ID | OP_FILTER | (one_in(m, 2) ? OP_KIND : 0));
		may_put_transition(m);
		return 0;
	case LPH_CMD_ADD_OPS:
		put_op(m, OP_KIND | OP_FILTER);
		for (n = how_many(m, LPH_BULK_MAX); n; n--)
			put_function(m, LPH_A_FUNCTION);
		may_put_transition(m);
		return NLM_F_DUMP;
	case LPH_CMD_DEL_OPS:
		for (n = how_many(m, LPH_BULK_MAX); n; n--)
			put_op(m, OP_ID);
		may_put_transition(m);
		return NLM_F_DUMP;
	case LPH_CMD_APPLY_PATCH:
	case LPH_CMD_REMOVE_PATCH:
		put_patch(m);
		if (command == LPH_CMD_APPLY_PATCH ? one_in(m, 3) : breaks(m, 8))
			put_order(m);
		may_put_transition(m);
		return 0;
	case LPH_CMD_ORDER_PATCHES:
		put_order(m);
		may_put_transition(m);
		return 0;
	case LPH_CMD_CANCEL_TRANSITION:
		put_transition(m, true);
		return 0;
	case LPH_CMD_GET_STACK:
		put_blockers(m);
		for (n = how_many(m, LPH_STACK_FUNCTIONS); n; n--)
			put_function(m, LPH_A_FUNCTION);
		return NLM_F_DUMP;
	case LPH_CMD_GET_INFO:
		return 0;
	case LPH_CMD_GET_OP:
	case LPH_CMD_GET_FUNCTION:
	case LPH_CMD_GET_TRANSITION:
	case LPH_CMD_GET_PATCH:
	case LPH_CMD_GET_BLOCKER:
		return NLM_F_DUMP;
	default:
		for (n = fuzz_upto(m, 5); n; n--)
			put_anything(m);
		return one_in(m, 2) ? NLM_F_DUMP : 0;
	}
}

/* How often each is asked for, of 100 times: ops go a little more often than they come by ones. */
static const struct {
	uint8_t command;
	uint8_t weight;
} commands[] = {
	{ LPH_CMD_ADD_OP, 16 },
	{ LPH_CMD_DEL_OP, 19 },
	{ LPH_CMD_CHANGE_OP, 13 },
	{ LPH_CMD_ADD_OPS, 3 },
	{ LPH_CMD_DEL_OPS, 6 },
	{ LPH_CMD_APPLY_PATCH, 7 },
	{ LPH_CMD_REMOVE_PATCH, 6 },
	{ LPH_CMD_ORDER_PATCHES, 3 },
	{ LPH_CMD_CANCEL_TRANSITION, 3 },
	{ LPH_CMD_GET_INFO, 4 },
	{ LPH_CMD_GET_OP, 4 },
	{ LPH_CMD_GET_FUNCTION, 4 },
	{ LPH_CMD_GET_TRANSITION, 3 },
	{ LPH_CMD_GET_PATCH, 3 },
	{ LPH_CMD_GET_BLOCKER, 3 },
	{ LPH_CMD_GET_STACK, 3 },
};

static uint8_t any_command(struct fuzz_maker *m)
{
	unsigned int left = fuzz_upto(m, 100), i = 0;

	while (left >= commands[i].weight)
		left -= commands[i++].weight;
	return commands[i].command;
}

static void make_message(struct fuzz_maker *m)
{
	uint8_t command = any_command(m);
	struct nlmsghdr *header;
	uint16_t flags;
	size_t at;

	if (breaks(m, 30))
		command = (uint8_t)fuzz_upto(m, LPH_CMD_MAX + 4);
	at = raw_message(m->raw, m->family, 0, ++m->sequence, command);
	flags = put_request(m, command);
	if (breaks(m, 20))
		flags ^= NLM_F_DUMP;
	if (breaks(m, 30))
		put_anything(m);
	may_put_noise(m);
	raw_end_message(m->raw, at);
	header = (struct nlmsghdr *)(m->raw->data + at);
	header->nlmsg_flags = flags | NLM_F_REQUEST | (one_in(m, 3) ? 0 : NLM_F_ACK);
	if (breaks(m, 60))
		header->nlmsg_flags = (uint16_t)any(m);
	if (breaks(m, 60))
		((struct genlmsghdr *)NLMSG_DATA(header))->reserved = (uint16_t)any(m);
	if (breaks(m, 60))
		header->nlmsg_len = fuzz_upto(m, header->nlmsg_len + 64);
}

void fuzz_make(struct fuzz_maker *m)
{
	unsigned int n = one_in(m, 20) ? 3 : 1, flips;

	m->raw->len = 0;
	m->broken = one_in(m, 2);
	while (n--)
		make_message(m);
	if (breaks(m, 20))
		for (flips = 1 + fuzz_upto(m, 6); flips; flips--)
			m->raw->data[fuzz_upto(m, (unsigned int)m->raw->len)] = (unsigned char)any(m);
	if (breaks(m, 40))
		m->raw->len = 1 + fuzz_upto(m, (unsigned int)m->raw->len);
}
