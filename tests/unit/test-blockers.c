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

#include "fake-tree.h"
#include "model/klp-patch.h"
#include "worker/blockers.h"
#include "worker/kernel-request.h"

static char proc[256];

static void thread(const char *path, const char *patch_state, const char *comm, const char *stat)
{
	fake_file(patch_state, "proc/%s/patch_state", path);
	fake_file(comm, "proc/%s/comm", path);
	fake_file(stat, "proc/%s/stat", path);
}

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	/* Processes that no machine has: the units come from the real /proc. */
	thread("5000001/task/5000001", "1\n", "init\n", "5000001 (init) S 0 1 1 0 -1 4194560 1\n");
	thread("5000020/task/5000020", "0\n", "busy\n", "5000020 (busy) R 1 1 1 0 -1 4194560 1\n");
	thread("5000020/task/5000021", "0\n", "a) R (b\n", "5000021 (a) R (b) S 1 1 1 0 -1 4194560 1\n");
	thread("5000020/task/5000022", "-1\n", "idle\n", "5000022 (idle) R 1 1 1 0 -1 4194560 1\n");
	thread("5000030/task/5000030", "0\n", "kworker\n", "5000030 (kworker) I 2 0 0 0 -1 69238880 0\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static struct json_object *list(bool patching)
{
	const struct kernel_request request = { .root = { .proc = proc }, .enable = patching };
	struct json_object *result = json_object_new_object(), *blockers;

	assert_int_equal(blockers_of_klp(&request, result, NULL), 0);
	blockers = json_object_get(json_object_object_get(result, "blockers"));
	json_object_put(result);
	return blockers;
}

static void assert_blocker(struct json_object *blockers, int tid, const char *expected)
{
	for (size_t i = 0; i < json_object_array_length(blockers); i++) {
		struct json_object *blocker = json_object_array_get_idx(blockers, i);

		if (json_object_get_int(json_object_object_get(blocker, "tid")) != tid)
			continue;
		assert_string_equal(json_object_to_json_string_ext(blocker, JSON_C_TO_STRING_PLAIN), expected);
		return;
	}
	fail_msg("no blocker %d", tid);
}

static void both_ways(void **state)
{
	struct json_object *blockers = list(true);

	(void)state;
	assert_int_equal(json_object_array_length(blockers), 3);
	assert_blocker(blockers, 5000020,
		       "{\"pid\":5000020,\"tid\":5000020,\"comm\":\"busy\",\"reason\":\"running\",\"unit\":\"\","
		       "\"kernel_thread\":false,\"state\":82}");
	assert_blocker(blockers, 5000021,
		       "{\"pid\":5000020,\"tid\":5000021,\"comm\":\"a) R (b\",\"reason\":\"sleeping\",\"unit\":\"\","
		       "\"kernel_thread\":false,\"state\":83}");
	assert_blocker(blockers, 5000030,
		       "{\"pid\":5000030,\"tid\":5000030,\"comm\":\"kworker\",\"reason\":\"sleeping\",\"unit\":\"\","
		       "\"kernel_thread\":true,\"state\":73}");
	json_object_put(blockers);
	blockers = list(false);
	assert_int_equal(json_object_array_length(blockers), 1);
	assert_blocker(blockers, 5000001,
		       "{\"pid\":5000001,\"tid\":5000001,\"comm\":\"init\",\"reason\":\"sleeping\",\"unit\":\"\","
		       "\"kernel_thread\":false,\"state\":83}");
	json_object_put(blockers);
}

/* ------------------------------------------------- what the helper is asked */

static struct klp_function functions[] = {
	{ .symbol = (char *)"vfs_read", .module = (char *)"vmlinux" },
	{ .symbol = (char *)"twice", .module = (char *)"some", .sympos = 2 },
};
static struct patch below = {
	.name = (char *)"below",
	.backend = PATCH_KLP,
	.state = PATCH_PATCHED,
	.functions = functions,
	.n_functions = 1,
};
static struct patch patch = {
	.name = (char *)"fix",
	.backend = PATCH_KLP,
	.state = PATCH_PATCHING,
	.functions = functions,
	.n_functions = 2,
};

/* The functions and threads of a request, as text. */
static const char *asked(bool patching, bool stacked)
{
	struct patches patches = { .list = TAILQ_HEAD_INITIALIZER(patches.list) };
	struct blockers_look look = { .patches = &patches, .patch = "fix", .patching = patching };
	struct nl_msg *message = nlmsg_alloc();
	static char text[512];
	struct nlattr *attr;
	int rest;

	if (stacked)
		TAILQ_INSERT_TAIL(&patches.list, &below, link);
	TAILQ_INSERT_TAIL(&patches.list, &patch, link);
	look.blockers = list(true);
	assert_non_null(genlmsg_put(message, 0, 0, 1, 0, 0, LPH_CMD_GET_STACK, LPH_GENL_VERSION));
	assert_int_equal(blockers_encode_look(message, &look), 0);
	text[0] = '\0';
	nlmsg_for_each_attr(attr, nlmsg_hdr(message), GENL_HDRLEN, rest) {
		struct nlattr *first = nla_data(attr), *module;

		if (nla_type(attr) == LPH_A_BLOCKER) {
			(void)strcat(text, "+");
			continue;
		}
		module = nla_find(nla_data(attr), nla_len(attr), LPH_FUNCTION_A_MODULE);
		(void)strcat(strcat(text, module ? nla_get_string(module) : "vmlinux"), ":");
		if (nla_type(first) == LPH_FUNCTION_A_SYMBOL)
			(void)strcat(text, nla_get_string(first));
		(void)strcat(text, " ");
	}
	nlmsg_free(message);
	json_object_put(look.blockers);
	return text;
}

static void questions(void **state)
{
	(void)state;
	assert_string_equal(asked(true, false), "vmlinux:vfs_read some:twice +++");
	assert_string_equal(asked(true, true), "below: some:twice +++");
	assert_string_equal(asked(false, true), "fix: +++");
}

static void answers(void **state)
{
	struct blockers_look look = { .blockers = list(true) };
	struct codec_blocker gone = { .tid = 1 }, last = { .reason = LPH_BLOCKED_STACK, .symbol = "twice [some]" };
	struct json_object *blocker = json_object_array_get_idx(look.blockers, 2);

	(void)state;
	last.tid = (uint32_t)json_object_get_int64(json_object_object_get(blocker, "tid"));
	blockers_seen(&look, &last);
	assert_string_equal(json_object_get_string(json_object_object_get(blocker, "reason")), "stack");
	assert_string_equal(json_object_get_string(json_object_object_get(blocker, "function")), "some:twice");
	blockers_seen(&look, &gone);
	json_object_put(look.blockers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(questions, setup, teardown),
		cmocka_unit_test_setup_teardown(answers, setup, teardown),
	};

	return cmocka_run_group_tests_name("blockers", tests, NULL, NULL);
}
