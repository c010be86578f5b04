// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "blockers.h"
#include "fake-tree.h"
#include "kernel.h"

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
	thread("1/task/1", "1\n", "init\n", "1 (init) S 0\n");
	thread("20/task/20", "0\n", "busy\n", "20 (busy) R 1\n");
	thread("20/task/21", "0\n", "a) R (b\n", "21 (a) R (b) S 1\n");
	thread("20/task/22", "-1\n", "idle\n", "22 (idle) R 1\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static const char *list(bool patching)
{
	const struct kernel_request request = { .root = { .proc = proc }, .enable = patching };
	struct json_object *result = json_object_new_object();
	static char text[1024];

	assert_int_equal(blockers_of_klp(&request, result, NULL), 0);
	(void)snprintf(text, sizeof(text), "%s", json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
	json_object_put(result);
	return text;
}

static void both_ways(void **state)
{
	const char *text;

	(void)state;
	text = list(true);
	assert_non_null(strstr(text, "{\"pid\":20,\"tid\":20,\"comm\":\"busy\",\"reason\":\"running\"}"));
	assert_non_null(strstr(text, "{\"pid\":20,\"tid\":21,\"comm\":\"a) R (b\",\"reason\":\"sleeping\"}"));
	assert_null(strstr(text, "init"));
	assert_null(strstr(text, "idle"));
	assert_string_equal(list(false), "{\"blockers\":[{\"pid\":1,\"tid\":1,\"comm\":\"init\",\"reason\":\"sleeping\"}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ways, setup, teardown),
	};

	return cmocka_run_group_tests_name("blockers", tests, NULL, NULL);
}
