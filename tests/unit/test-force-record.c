// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "worker/kernel-request.h"
#include "worker/force-record.h"

static char proc[256];

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	fake_file("0\n", "proc/20/task/21/patch_state");
	fake_file("stuck\n", "proc/20/task/21/comm");
	fake_file("21 (stuck) S 1\n", "proc/20/task/21/stat");
	fake_file("[<0>] inner+0x1/0x2\n[<0>] outer+0x3/0x4\n", "proc/20/task/21/stack");
	fake_file("0\n", "proc/30/task/30/patch_state");
	fake_file("closed\n", "proc/30/task/30/comm");
	fake_file("30 (closed) S 1\n", "proc/30/task/30/stat");
	fake_file("1\n", "proc/40/task/40/patch_state");
	fake_file("moved\n", "proc/40/task/40/comm");
	fake_file("[<0>] moved\n", "proc/40/task/40/stack");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static const char *stack_of(struct json_object *result, const char *comm)
{
	struct json_object *blockers = json_object_object_get(result, "blockers");

	for (size_t i = 0; i < json_object_array_length(blockers); i++) {
		struct json_object *blocker = json_object_array_get_idx(blockers, i);

		if (strcmp(json_object_get_string(json_object_object_get(blocker, "comm")), comm) == 0)
			return json_object_get_string(json_object_object_get(blocker, "stack"));
	}
	return NULL;
}

static void whoever_is_left_behind(void **state)
{
	const struct kernel_request request = { .root = { .proc = proc }, .enable = true };
	struct json_object *result = json_object_new_object();

	(void)state;
	assert_int_equal(force_record_look(&request, result, NULL), 0);
	assert_string_equal(stack_of(result, "stuck"), "[<0>] inner+0x1/0x2\n[<0>] outer+0x3/0x4\n");
	assert_string_equal(stack_of(result, "closed"), "");
	assert_null(stack_of(result, "moved"));
	json_object_put(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whoever_is_left_behind, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
