// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "model/helper-names.h"
#include "wire/codec.h"

#include "codec-message.h"

static void put_function(int type)
{
	struct nlattr *nest = nla_nest_start(message, type);

	nla_put_string(message, LPH_FUNCTION_A_SYMBOL, "vfs_read");
	nla_put_string(message, LPH_FUNCTION_A_MODULE, "vmlinux");
	nla_put_u32(message, LPH_FUNCTION_A_SYMPOS, 3);
	nla_nest_end(message, nest);
}

/* A bucket that a newer helper may have among them. */
static void put_latency(void)
{
	struct nlattr *latency = nla_nest_start(message, LPH_BODY_A_LATENCY);

	nla_put_u64(message, 1, 11);
	nla_put_u64(message, 11, 12);
	nla_put_u64(message, LPH_LATENCY_BUCKETS, 13);
	nla_put_u64(message, LPH_LATENCY_BUCKETS + 1, 14);
	nla_nest_end(message, latency);
}

static void put_bodies(int type)
{
	struct nlattr *bodies = nla_nest_start(message, type), *body;

	body = nla_nest_start(message, 1);
	nla_put_string(message, LPH_BODY_A_NAME, LPH_BODY_ORIGINAL);
	nla_put_u64(message, LPH_BODY_A_HITS, 5);
	nla_nest_end(message, body);
	body = nla_nest_start(message, 2);
	nla_put_string(message, LPH_BODY_A_NAME, "livepatch_x");
	nla_put_u64(message, LPH_BODY_A_HITS, UINT64_C(1) << 40);
	put_latency();
	nla_nest_end(message, body);
	nla_nest_end(message, bodies);
}

static void put_op(void)
{
	struct nlattr *op = nla_nest_start(message, LPH_A_OP);

	nla_put_u32(message, LPH_OP_A_ID, 7);
	put_function(LPH_OP_A_FUNCTION);
	nla_put_u32(message, LPH_OP_A_KIND, LPH_KIND_COUNT);
	nla_put_s32(message, LPH_OP_A_PRIORITY, -20);
	nla_put_u32(message, LPH_OP_A_STATE, LPH_OP_REMOVING);
	nla_put_u64(message, LPH_OP_A_HITS, 99);
	nla_put_u64(message, LPH_OP_A_MISSED, 3);
	nla_put_u32(message, LPH_OP_A_PID, 4711);
	nla_put_string(message, LPH_OP_A_COMM, "cat");
	put_bodies(LPH_OP_A_BODIES);
	/* A newer helper says more. */
	nla_put_u32(message, LPH_OP_A_MAX + 5, 1);
	nla_nest_end(message, op);
	nla_put_u32(message, LPH_A_MAX + 3, 1);
}

static void op(void **state)
{
	struct codec_op seen;

	(void)state;
	put_op();
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 7);
	assert_string_equal(seen.function.symbol, "vfs_read");
	assert_int_equal(seen.function.sympos, 3);
	assert_int_equal(seen.spec.kind, LPH_KIND_COUNT);
	assert_int_equal(seen.spec.priority, -20);
	assert_int_equal(seen.spec.pid, 4711);
	assert_string_equal(seen.spec.comm, "cat");
	assert_string_equal(seen.spec.label, "");
	assert_int_equal(seen.missed, 3);
	assert_int_equal(seen.state, LPH_OP_REMOVING);
	assert_int_equal(seen.hits, 99);
	assert_int_equal(seen.n_bodies, 2);
	assert_string_equal(seen.bodies[0].name, "original");
	assert_int_equal(seen.bodies[0].hits, 5);
	assert_string_equal(seen.bodies[1].name, "livepatch_x");
	assert_true(seen.bodies[1].hits == UINT64_C(1) << 40);
	assert_int_equal(seen.bodies[0].latency[10], 0);
	assert_int_equal(seen.bodies[1].latency[0], 11);
	assert_int_equal(seen.bodies[1].latency[10], 12);
	assert_int_equal(seen.bodies[1].latency[LPH_LATENCY_BUCKETS - 1], 13);
	codec_op_clear(&seen);
}

/* Whatever is cut off, or flipped: no crash, and no leak. */
static void broken(void **state)
{
	char copy[1024];
	struct codec_op seen;
	struct codec_function function;
	struct codec_transition transition;
	size_t whole;

	(void)state;
	put_op();
	whole = size();
	assert_true(whole < sizeof(copy));
	for (size_t n = 0; n < whole; n++) {
		char *exact = malloc(n ?: 1);

		memcpy(exact, attributes(), n);
		if (codec_decode_op(exact, n, &seen) >= 0)
			codec_op_clear(&seen);
		assert_int_not_equal(codec_decode_transition(exact, n, &transition), 0);
		free(exact);
	}
	for (size_t i = 0; i < whole; i++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, attributes(), whole);
			copy[i] ^= (char)(1 << bit);
			if (codec_decode_op(copy, whole, &seen) >= 0)
				codec_op_clear(&seen);
			if (codec_decode_function(copy, whole, &function) >= 0)
				codec_function_clear(&function);
		}
}

static void missing(void **state)
{
	struct codec_op seen = { .id = 42 };
	struct nlattr *nest;

	(void)state;
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), -EBADMSG);
	nest = nla_nest_start(message, LPH_A_OP);
	nla_put_u32(message, LPH_OP_A_KIND, 0);
	nla_nest_end(message, nest);
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), -EBADMSG);
	assert_int_equal(seen.id, 42);
}

static void function(void **state)
{
	struct codec_function seen;
	struct nlattr *nest, *ops, *one;

	(void)state;
	nest = nla_nest_start(message, LPH_A_FUNCTION);
	nla_put_string(message, LPH_FUNCTION_A_SYMBOL, "kvm_init");
	nla_put_string(message, LPH_FUNCTION_A_MODULE, "kvm");
	nla_put_u32(message, LPH_FUNCTION_A_STATE, LPH_FUNCTION_ATTACHED);
	nla_put_u32(message, LPH_FUNCTION_A_BACKEND, LPH_BACKEND_DIRECT);
	ops = nla_nest_start(message, LPH_FUNCTION_A_OPS);
	for (uint32_t id = 9; id > 6; id--) {
		one = nla_nest_start(message, LPH_A_OP);
		nla_put_u32(message, LPH_OP_A_ID, id);
		nla_nest_end(message, one);
	}
	nla_nest_end(message, ops);
	put_bodies(LPH_FUNCTION_A_BODIES);
	nla_nest_end(message, nest);

	assert_int_equal(codec_decode_function(attributes(), size(), &seen), 0);
	assert_string_equal(seen.name.module, "kvm");
	assert_int_equal(seen.n_ops, 3);
	assert_int_equal(seen.ops[0], 9);
	assert_int_equal(seen.ops[2], 7);
	assert_int_equal(seen.n_bodies, 2);
	assert_string_equal(function_state_name(seen.state), "attached");
	assert_string_equal(tracer_backend_name(seen.backend), "direct");
	codec_function_clear(&seen);
}

static void put_result(uint32_t id, uint32_t error)
{
	struct nlattr *nest = nla_nest_start(message, LPH_A_OP);

	if (id)
		nla_put_u32(message, LPH_OP_A_ID, id);
	if (error) {
		nla_put_u32(message, LPH_OP_A_ERRNO, error);
		nla_put_string(message, LPH_OP_A_MESSAGE, "because");
	}
	nla_nest_end(message, nest);
	nest = nla_nest_start(message, LPH_A_TRANSITION);
	nla_put_u64(message, LPH_TRANSITION_A_ID, 77);
	nla_nest_end(message, nest);
}

static void result_accepted(void **state)
{
	struct codec_result seen;

	(void)state;
	put_result(9, 0);
	assert_int_equal(codec_decode_result(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 9);
	assert_int_equal(seen.error, 0);
	assert_int_equal(seen.transition, 77);
}

static void result_refused(void **state)
{
	struct codec_result seen;

	(void)state;
	put_result(0, ENOENT);
	assert_int_equal(codec_decode_result(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 0);
	assert_int_equal(seen.error, ENOENT);
	assert_string_equal(seen.message, "because");
}

/* An op is accepted or refused: neither and both make no sense. */
static void result_neither(void **state)
{
	struct codec_result seen = { .id = 42 };

	(void)state;
	put_result(0, 0);
	assert_int_equal(codec_decode_result(attributes(), size(), &seen), -EBADMSG);
	assert_int_equal(seen.id, 42);
}

/* Zero is a backend: what is not attached must not be taken for it. */
static void no_backend(void **state)
{
	struct codec_function seen;
	struct nlattr *nest;

	(void)state;
	nest = nla_nest_start(message, LPH_A_FUNCTION);
	nla_put_string(message, LPH_FUNCTION_A_SYMBOL, "schedule");
	nla_put_u32(message, LPH_FUNCTION_A_STATE, LPH_FUNCTION_DETACHED);
	nla_nest_end(message, nest);

	assert_int_equal(codec_decode_function(attributes(), size(), &seen), 0);
	assert_string_equal(tracer_backend_name(seen.backend), "none");
	assert_string_equal(tracer_backend_name(LPH_BACKEND_SHARED), "shared");
	codec_function_clear(&seen);
}

static void put_phase(int i, uint32_t phase, uint64_t at)
{
	struct nlattr *nest = nla_nest_start(message, i);

	nla_put_u32(message, LPH_PHASE_A_PHASE, phase);
	nla_put_u64(message, LPH_PHASE_A_AT, at);
	nla_nest_end(message, nest);
}

static void transition(void **state)
{
	struct codec_transition seen;
	struct nlattr *nest, *phases;

	(void)state;
	nest = nla_nest_start(message, LPH_A_TRANSITION);
	nla_put_u64(message, LPH_TRANSITION_A_ID, 12);
	nla_put_u32(message, LPH_TRANSITION_A_KIND, LPH_TRANSITION_REMOVE);
	nla_put_u32(message, LPH_TRANSITION_A_STATE, LPH_TRANSITION_FAILED);
	nla_put_u32(message, LPH_TRANSITION_A_OP, 3);
	put_function(LPH_TRANSITION_A_FUNCTION);
	nla_put_u64(message, LPH_TRANSITION_A_QUEUED_AT, UINT64_C(1700000000000000000));
	phases = nla_nest_start(message, LPH_TRANSITION_A_PHASES);
	put_phase(1, LPH_PHASE_START, 5000);
	put_phase(2, LPH_PHASE_INT3, 9000);
	put_phase(3, LPH_PHASE_SETTLED, 20000);
	nla_nest_end(message, phases);
	nla_put_u64(message, LPH_TRANSITION_A_TRAPS, 77);
	nla_put_u32(message, LPH_TRANSITION_A_MAX_DEPTH, 2);
	nla_put_u32(message, LPH_TRANSITION_A_ERRNO, EBUSY);
	nla_put_string(message, LPH_TRANSITION_A_MESSAGE, "vfs_read is redirected");
	nla_put_string(message, LPH_TRANSITION_A_PATCH, "fix_read");
	nla_put_u32(message, LPH_TRANSITION_A_CONSISTENCY, LPH_CONSISTENCY_STOP);
	nla_put_u32(message, LPH_TRANSITION_A_TASKS_TOTAL, 300);
	nla_put_u32(message, LPH_TRANSITION_A_TASKS_REMAINING, 2);
	nla_nest_end(message, nest);

	assert_int_equal(codec_decode_transition(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 12);
	assert_int_equal(seen.kind, LPH_TRANSITION_REMOVE);
	assert_int_equal(seen.op, 3);
	assert_true(seen.queued_at == UINT64_C(1700000000000000));
	assert_true(seen.started_at == UINT64_C(1700000000000005));
	assert_true(seen.settled_at == UINT64_C(1700000000000020));
	assert_int_equal(seen.traps, 77);
	assert_int_equal(seen.max_depth, 2);
	assert_int_equal(seen.lapses, 0);
	assert_int_equal(seen.error, EBUSY);
	assert_string_equal(seen.message, "vfs_read is redirected");
	assert_string_equal(seen.patch, "fix_read");
	assert_string_equal(consistency_name(seen.consistency), "stop");
	assert_int_equal(seen.tasks_total, 300);
	assert_int_equal(seen.tasks_remaining, 2);
}

static void put_patch_function(int type, const char *symbol, uint32_t patched)
{
	struct nlattr *nest = nla_nest_start(message, type);

	nla_put_string(message, LPH_FUNCTION_A_SYMBOL, symbol);
	nla_put_string(message, LPH_FUNCTION_A_MODULE, "vmlinux");
	nla_put_u32(message, LPH_FUNCTION_A_PATCHED, patched);
	nla_nest_end(message, nest);
}

static void put_patch(void)
{
	struct nlattr *nest = nla_nest_start(message, LPH_A_PATCH), *functions;

	nla_put_string(message, LPH_PATCH_A_NAME, "fix_read");
	nla_put_u32(message, LPH_PATCH_A_STATE, LPH_PATCH_PATCHED);
	nla_put_u32(message, LPH_PATCH_A_ORDER, 2);
	functions = nla_nest_start(message, LPH_PATCH_A_FUNCTIONS);
	put_patch_function(1, "vfs_read", 1);
	put_patch_function(2, "vfs_write", 0);
	nla_nest_end(message, functions);
	nla_nest_end(message, nest);
}

static void patch(void **state)
{
	struct codec_patch seen = { .order = 42 };
	struct nlattr *nest;
	size_t whole;

	(void)state;
	put_patch();
	assert_int_equal(codec_decode_patch(attributes(), size(), &seen), 0);
	assert_string_equal(seen.name, "fix_read");
	assert_int_equal(seen.state, LPH_PATCH_PATCHED);
	assert_int_equal(seen.order, 2);
	assert_int_equal(seen.n_functions, 2);
	assert_string_equal(seen.functions[0].name.symbol, "vfs_read");
	assert_true(seen.functions[0].patched);
	assert_string_equal(seen.functions[1].name.symbol, "vfs_write");
	assert_false(seen.functions[1].patched);
	codec_patch_clear(&seen);

	whole = size();
	for (size_t n = 0; n < whole; n++) {
		char *exact = malloc(n ?: 1);

		memcpy(exact, attributes(), n);
		assert_int_not_equal(codec_decode_patch(exact, n, &seen), 0);
		free(exact);
	}
	new_message();
	nest = nla_nest_start(message, LPH_A_PATCH);
	nla_put_u32(message, LPH_PATCH_A_STATE, LPH_PATCH_PATCHED);
	nla_nest_end(message, nest);
	assert_int_equal(codec_decode_patch(attributes(), size(), &seen), -EBADMSG);
}

static void blocker(void **state)
{
	struct codec_blocker seen;
	struct nlattr *nest;

	(void)state;
	nest = nla_nest_start(message, LPH_A_BLOCKER);
	nla_put_u32(message, LPH_BLOCKER_A_PID, 70);
	nla_put_u32(message, LPH_BLOCKER_A_TID, 71);
	nla_put_string(message, LPH_BLOCKER_A_COMM, "khugepaged");
	nla_put_u32(message, LPH_BLOCKER_A_REASON, LPH_BLOCKED_STACK);
	nla_put_string(message, LPH_BLOCKER_A_SYMBOL, "vfs_read");
	nla_nest_end(message, nest);
	assert_int_equal(codec_decode_blocker(attributes(), size(), &seen), 0);
	assert_int_equal(seen.pid, 70);
	assert_int_equal(seen.tid, 71);
	assert_string_equal(seen.comm, "khugepaged");
	assert_string_equal(blocker_reason_name(seen.reason), "stack");
	assert_string_equal(seen.symbol, "vfs_read");
}

static void version(void **state)
{
	struct nlattr *nest = nla_nest_start(message, LPH_A_INFO);
	char text[6];

	(void)state;
	nla_put_string(message, LPH_INFO_A_VERSION, "1.2.3.4");
	nla_nest_end(message, nest);
	assert_int_equal(codec_decode_version(attributes(), size(), text, sizeof(text)), 0);
	assert_string_equal(text, "1.2.3");
}

static void family(void **state)
{
	struct codec_family seen;
	struct nlattr *groups, *group;

	(void)state;
	nla_put_u16(message, CTRL_ATTR_FAMILY_ID, 0x21);
	nla_put_string(message, CTRL_ATTR_FAMILY_NAME, LPH_GENL_NAME);
	assert_int_equal(codec_decode_family(attributes(), size(), &seen), 0);
	assert_int_equal(seen.events_group, 0);

	groups = nla_nest_start(message, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(message, 1);
	nla_put_string(message, CTRL_ATTR_MCAST_GRP_NAME, "others");
	nla_put_u32(message, CTRL_ATTR_MCAST_GRP_ID, 5);
	nla_nest_end(message, group);
	group = nla_nest_start(message, 2);
	nla_put_string(message, CTRL_ATTR_MCAST_GRP_NAME, LPH_GENL_MCGRP_EVENTS);
	nla_put_u32(message, CTRL_ATTR_MCAST_GRP_ID, 6);
	nla_nest_end(message, group);
	nla_nest_end(message, groups);
	assert_int_equal(codec_decode_family(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 0x21);
	assert_string_equal(seen.name, "livepatchd");
	assert_int_equal(seen.events_group, 6);
}

/* An error as the kernel sends it: the echo is cut off or not, extack's words behind. */
static void extack(void **state)
{
	struct nl_msg *error;
	struct nlmsgerr *body;
	char text[32];

	(void)state;
	for (int capped = 0; capped < 2; capped++) {
		size_t echoed = sizeof(*body) + (capped ? 0 : 24);

		error = nlmsg_alloc();
		body = nlmsg_data(nlmsg_put(error, 0, 1, NLMSG_ERROR, (int)echoed,
					    NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0)));
		body->error = -ENOENT;
		body->msg.nlmsg_len = sizeof(body->msg) + 24;
		nla_put_string(error, NLMSGERR_ATTR_MSG, "no symbol vfs_reed");
		assert_int_equal(codec_decode_error(nlmsg_hdr(error), text, sizeof(text)), -ENOENT);
		assert_string_equal(text, "no symbol vfs_reed");
		nlmsg_free(error);
	}

	error = nlmsg_alloc();
	body = nlmsg_data(nlmsg_put(error, 0, 1, NLMSG_ERROR, sizeof(*body), 0));
	body->error = 0;
	assert_int_equal(codec_decode_error(nlmsg_hdr(error), text, sizeof(text)), 0);
	assert_string_equal(text, "");
	nlmsg_hdr(error)->nlmsg_len = NLMSG_HDRLEN + 4;
	assert_int_equal(codec_decode_error(nlmsg_hdr(error), text, sizeof(text)), -EBADMSG);
	nlmsg_free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(op, setup, teardown),
		cmocka_unit_test_setup_teardown(broken, setup, teardown),
		cmocka_unit_test_setup_teardown(missing, setup, teardown),
		cmocka_unit_test_setup_teardown(function, setup, teardown),
		cmocka_unit_test_setup_teardown(no_backend, setup, teardown),
		cmocka_unit_test_setup_teardown(result_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(result_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(result_neither, setup, teardown),
		cmocka_unit_test_setup_teardown(transition, setup, teardown),
		cmocka_unit_test_setup_teardown(patch, setup, teardown),
		cmocka_unit_test_setup_teardown(blocker, setup, teardown),
		cmocka_unit_test_setup_teardown(version, setup, teardown),
		cmocka_unit_test_setup_teardown(family, setup, teardown),
		cmocka_unit_test(extack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
