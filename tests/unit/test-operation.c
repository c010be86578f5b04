// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/time-util.h"
#include "worker/operation.h"

/* As many as the daemon takes at most, and one more. */
enum {
	MOST = 16,
	FILES = MOST + 1,
};

static sd_event *event;
static struct operations *operations;

static int setup(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (sd_event_new(&event) < 0)
		return -1;
	return operations_new(event, &operations);
}

static int teardown(void **state)
{
	(void)state;
	(void)operations_free(operations);
	sd_event_unref(event);
	return 0;
}

/* Files that say which one they are. */
static int give(const void *argument, struct json_object *result, struct failure *failure)
{
	int n = *(const int *)argument, r = 0;

	(void)failure;
	for (int i = 0; i < n && r >= 0; i++) {
		int fd = memfd_create("given", 0);

		if (fd < 0 || pwrite(fd, &i, sizeof(i), 0) != sizeof(i))
			return -1;
		r = operation_give_fd(fd);
	}
	json_object_object_add(result, "given", json_object_new_int(n));
	return r;
}

static void on_given(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	int n = *(const int *)userdata, taken = n < MOST ? n : MOST, number;

	(void)failure;
	assert_int_equal(r, 0);
	assert_int_equal(json_object_get_int(json_object_object_get(result, "given")), n);
	for (int i = 0; i < taken; i++) {
		int fd = operation_take_fd(operations);

		assert_true(fd >= 0);
		assert_int_equal(pread(fd, &number, sizeof(number), 0), sizeof(number));
		assert_int_equal(number, i);
		assert_int_equal(close(fd), 0);
	}
	assert_int_equal(operation_take_fd(operations), -1);
	(void)sd_event_exit(event, 0);
}

static void gives(int n)
{
	assert_int_equal(operation_start(operations, "give", 10 * USEC_PER_SEC, give, &n, on_given, &n), 0);
	assert_int_equal(sd_event_loop(event), 0);
	assert_int_equal(operation_take_fd(operations), -1);
}

static void gives_none(void **state)
{
	(void)state;
	gives(0);
}

static void gives_several_in_order(void **state)
{
	(void)state;
	gives(12);
}

static void keeps_no_more_than_it_takes(void **state)
{
	(void)state;
	gives(FILES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_none, setup, teardown),
		cmocka_unit_test_setup_teardown(gives_several_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_no_more_than_it_takes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
