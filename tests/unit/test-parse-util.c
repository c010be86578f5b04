// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/parse-util.h"

static void int32(void **state)
{
	int32_t n = 42;

	(void)state;
	assert_int_equal(lpd_parse_int32("-5", &n), 0);
	assert_int_equal(n, -5);
	assert_int_equal(lpd_parse_int32("+7", &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(lpd_parse_int32("-2147483648", &n), 0);
	assert_int_equal(n, INT32_MIN);
	assert_int_equal(lpd_parse_int32("2147483647", &n), 0);
	assert_int_equal(n, INT32_MAX);
	assert_int_equal(lpd_parse_int32("2147483648", &n), -ERANGE);
	assert_int_equal(lpd_parse_int32("-2147483649", &n), -ERANGE);
	assert_int_equal(lpd_parse_int32("99999999999999999999", &n), -ERANGE);
	assert_int_equal(n, INT32_MAX);
}

static void uint32(void **state)
{
	uint32_t n = 42;

	(void)state;
	assert_int_equal(lpd_parse_uint32("4294967295", &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(lpd_parse_uint32("4294967296", &n), -ERANGE);
	assert_int_equal(lpd_parse_uint32("-1", &n), -EINVAL);
	assert_int_equal(lpd_parse_uint32("+1", &n), -EINVAL);
	assert_int_equal(n, UINT32_MAX);
}

static void no_numbers(void **state)
{
	static const char *const words[] = { "", "-", "+", " 1", "1 ", "0x10", "1.5", "--1", "one" };
	int32_t n = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(lpd_parse_int32(words[i], &n), -EINVAL);
	assert_int_equal(n, 42);
}

/* In their order. */
static void versions(void **state)
{
	static const char *const names[] = {
		"",
		"a",
		"a_1",
		"a_1_2",
		"a_1_10",
		"a_02",
		"a_2",
		"a_9",
		"a_09_b",
		"a_10",
		"a_99999999999999999999998",
		"a_99999999999999999999999",
		"a_b",
		"b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			int r = lpd_compare_versions(names[i], names[j]);

			assert_int_equal((r > 0) - (r < 0), (i > j) - (i < j));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(int32),
		cmocka_unit_test(uint32),
		cmocka_unit_test(no_numbers),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
