// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/task-info.h"

static void stat_line(void **state)
{
	struct task_info info = { 0 };

	(void)state;
	assert_int_equal(task_info_parse_stat("7 (a) R (b) S 1 1 1 0 -1 4194560 1 0", &info), 0);
	assert_int_equal(info.state, 'S');
	assert_false(info.kernel_thread);
	assert_int_equal(task_info_parse_stat("7 (kworker/0:1) I 2 0 0 0 -1 69238880 0", &info), 0);
	assert_int_equal(info.state, 'I');
	assert_true(info.kernel_thread);
	assert_int_equal(task_info_parse_stat("7 (cut", &info), -EBADMSG);
	assert_int_equal(task_info_parse_stat("7 (cut) S 1 1", &info), -EBADMSG);
	assert_int_equal(task_info_parse_stat("", &info), -EBADMSG);
}

static void ways_out(void **state)
{
	struct task_info process = { .state = 'S' };
	struct task_info service = { .state = 'S', .unit = (char *)"nginx.service" };
	struct task_info session = { .state = 'S', .unit = (char *)"session-1.scope" };
	struct task_info stuck = { .state = 'D', .unit = (char *)"nginx.service" };
	struct task_info thread = { .state = 'S', .kernel_thread = true };

	(void)state;
	assert_string_equal(task_info_way_out(&process, "stack"), "signal");
	assert_string_equal(task_info_way_out(&service, "stack"), "restart");
	assert_string_equal(task_info_way_out(&service, "unreliable"), "restart");
	assert_string_equal(task_info_way_out(&service, "running"), "wait");
	assert_string_equal(task_info_way_out(&service, "ready"), "wait");
	assert_string_equal(task_info_way_out(&session, "sleeping"), "signal");
	assert_string_equal(task_info_way_out(&stuck, "stack"), "wait");
	assert_string_equal(task_info_way_out(&thread, "stack"), "wait");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_line),
		cmocka_unit_test(ways_out),
	};

	return cmocka_run_group_tests_name("task-info", tests, NULL, NULL);
}
