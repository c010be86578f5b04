// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/klp-tasks.h"

static char proc[256];

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	fake_file("x", "proc/cmdline");
	fake_file("1\n", "proc/1/task/1/patch_state");
	fake_file("0\n", "proc/20/task/20/patch_state");
	fake_file("0\n", "proc/20/task/21/patch_state");
	fake_file("-1\n", "proc/20/task/22/patch_state");
	/* Exited since. */
	fake_file("", "proc/30/task/30/comm");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static void count(void **state)
{
	struct klp_tasks *tasks;
	uint32_t total, remaining;
	int r, steps = 0;

	(void)state;
	assert_int_equal(klp_tasks_new(proc, &tasks), 0);
	assert_int_equal(klp_tasks_step(tasks, true, 1000, &total, &remaining), 1);
	assert_int_equal(total, 4);
	assert_int_equal(remaining, 2);
	/* The other way round, in the smallest steps. */
	while ((r = klp_tasks_step(tasks, false, 1, &total, &remaining)) == 0)
		steps++;
	assert_int_equal(r, 1);
	assert_true(steps > 5);
	assert_int_equal(total, 4);
	assert_int_equal(remaining, 1);
	/* From the beginning, in the middle of a pass. */
	assert_int_equal(klp_tasks_step(tasks, true, 3, &total, &remaining), 0);
	klp_tasks_restart(tasks);
	assert_int_equal(klp_tasks_step(tasks, true, 1000, &total, &remaining), 1);
	assert_int_equal(total, 4);
	(void)klp_tasks_free(tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(count, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
