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

static const struct tracer_spec event_of_cat = { .kind = LPH_KIND_EVENT, .priority = -3, .comm = "cat" };

static void encode_many(void **state)
{
	struct function_name name = { .symbol = "vfs_read", .module = "vmlinux" };
	struct nlattr *attribute;
	int rest, functions = 0, ops = 0;

	(void)state;
	assert_int_equal(codec_encode_add_ops(message, &event_of_cat, LPH_STRATEGY_SPIN), 0);
	assert_int_equal(codec_encode_function(message, &name), 0);
	assert_int_equal(codec_encode_function(message, &name), 0);
	nla_for_each_attr(attribute, (struct nlattr *)attributes(), (int)size(), rest) {
		functions += nla_type(attribute) == LPH_A_FUNCTION;
		ops += nla_type(attribute) == LPH_A_OP;
	}
	assert_int_equal(functions, 2);
	assert_int_equal(ops, 1);
}

/* What has no room says so: then the message is made anew, with more. */
static void encode_too_many(void **state)
{
	struct function_name name = { .symbol = "vfs_read", .module = "vmlinux" };
	int r = 0;

	(void)state;
	for (int i = 0; i < 10000 && r >= 0; i++)
		r = codec_encode_function(message, &name);
	assert_int_equal(r, -EMSGSIZE);
}

static struct nlattr *top(int type)
{
	return nla_find((struct nlattr *)attributes(), (int)size(), type);
}

static struct nlattr *inner(int type, int inside)
{
	struct nlattr *nest = top(type);

	assert_non_null(nest);
	return nla_find(nla_data(nest), nla_len(nest), inside);
}

static void encode_patch(void **state)
{
	const struct codec_change change = { .strategy = LPH_STRATEGY_STUB, .consistency = LPH_CONSISTENCY_STOP };
	struct nlattr *order;

	(void)state;
	assert_int_equal(codec_encode_patch(message, "fix_read", &change), 0);
	assert_string_equal(nla_get_string(inner(LPH_A_PATCH, LPH_PATCH_A_NAME)), "fix_read");
	assert_int_equal(nla_get_u32(inner(LPH_A_TRANSITION, LPH_TRANSITION_A_STRATEGY)), LPH_STRATEGY_STUB);
	assert_int_equal(nla_get_u32(inner(LPH_A_TRANSITION, LPH_TRANSITION_A_CONSISTENCY)), LPH_CONSISTENCY_STOP);
	assert_null(top(LPH_A_ORDER));

	new_message();
	assert_int_equal(codec_encode_order(message, "b a  long_name", &change), 0);
	order = top(LPH_A_ORDER);
	assert_string_equal(nla_get_string(inner(LPH_A_ORDER, 1)), "b");
	assert_string_equal(nla_get_string(inner(LPH_A_ORDER, 2)), "a");
	assert_string_equal(nla_get_string(inner(LPH_A_ORDER, 3)), "long_name");
	assert_null(nla_find(nla_data(order), nla_len(order), 4));
	assert_non_null(top(LPH_A_TRANSITION));

	new_message();
	assert_int_equal(codec_encode_cancel(message, UINT64_C(1) << 33), 0);
	assert_true(nla_get_u64(inner(LPH_A_TRANSITION, LPH_TRANSITION_A_ID)) == UINT64_C(1) << 33);
}

static void encode(void **state)
{
	const struct function_name name = { .symbol = "vfs_read", .module = "vmlinux", .sympos = 2 };
	struct codec_op seen;

	(void)state;
	assert_int_equal(codec_encode_add_op(message, &name, &event_of_cat, LPH_STRATEGY_SPIN), 0);
	/* It has no id yet. */
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), -EBADMSG);

	new_message();
	assert_int_equal(codec_encode_del_op(message, 11, LPH_STRATEGY_STUB), 0);
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 11);
	codec_op_clear(&seen);
}

/* What a change does not name is not in it. */
static void encode_change(void **state)
{
	struct codec_op seen;

	(void)state;
	assert_int_equal(codec_encode_change_op(message, 7, &event_of_cat, TRACER_PRIORITY | TRACER_COMM,
						LPH_STRATEGY_STUB),
			 0);
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), 0);
	assert_int_equal(seen.id, 7);
	assert_int_equal(seen.spec.kind, LPH_KIND_COUNT);
	assert_int_equal(seen.spec.priority, -3);
	assert_string_equal(seen.spec.comm, "cat");
	codec_op_clear(&seen);

	new_message();
	assert_int_equal(codec_encode_change_op(message, 7, &event_of_cat, TRACER_KIND, LPH_STRATEGY_STUB), 0);
	assert_int_equal(codec_decode_op(attributes(), size(), &seen), 0);
	assert_int_equal(seen.spec.kind, LPH_KIND_EVENT);
	assert_int_equal(seen.spec.priority, 0);
	assert_string_equal(seen.spec.comm, "");
	codec_op_clear(&seen);
}

static void kinds(void **state)
{
	const struct tracer_spec newer = { .kind = 1000 }, program = { .kind = LPH_KIND_BPF, .label = "/x.o:p" };
	char text[TRACER_KIND_LEN];
	uint32_t kind = 42;

	(void)state;
	assert_int_equal(tracer_kind_from_name("count", &kind), 0);
	assert_int_equal(kind, LPH_KIND_COUNT);
	assert_int_equal(tracer_kind_from_name("cont", &kind), -EINVAL);
	assert_string_equal(tracer_kind_name(text, &newer), "unknown");
	assert_string_equal(tracer_kind_name(text, &program), "bpf:/x.o:p");
	assert_string_equal(tracer_kind_name(text, &event_of_cat), "event");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(encode_many, setup, teardown),
		cmocka_unit_test_setup_teardown(encode_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(encode, setup, teardown),
		cmocka_unit_test_setup_teardown(encode_change, setup, teardown),
		cmocka_unit_test_setup_teardown(encode_patch, setup, teardown),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
