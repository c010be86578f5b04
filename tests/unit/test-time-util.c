// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/time-util.h"

static void parse(void **state)
{
	static const struct {
		const char *text;
		uint64_t usec;
	} good[] = {
		{ "5", 5000000 },
		{ "30s", 30000000 },
		{ "1.5s", 1500000 },
		{ ".5", 500000 },
		{ "1min 30s", 90000000 },
		{ " 2 h 1us ", 7200000001 },
		{ "200ms", 200000 },
		{ "1d", UINT64_C(86400000000) },
		{ "0", 0 },
		{ "infinity", 0 },
		{ "1.0000019s", 1000001 },
	};
	static const char *const bad[] = { "", " ", "s", "-1", "1x", "1..s", "infinity 1s", "1e3" };
	uint64_t usec = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(lpd_parse_timespan(good[i].text, &usec), 0);
		assert_int_equal(usec, good[i].usec);
	}
	usec = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lpd_parse_timespan(bad[i], &usec), -EINVAL);
	assert_int_equal(lpd_parse_timespan("99999999999999999999", &usec), -ERANGE);
	assert_int_equal(lpd_parse_timespan("99999999999999999d", &usec), -ERANGE);
}

static void format(void **state)
{
	char text[LPD_TIMESPAN_MAX];

	(void)state;
	assert_string_equal(lpd_format_timespan(text, 0), "0ms");
	assert_string_equal(lpd_format_timespan(text, 250000), "250ms");
	assert_string_equal(lpd_format_timespan(text, 3000000), "3s");
	assert_string_equal(lpd_format_timespan(text, 3250000), "3.250s");
	assert_string_equal(lpd_format_timespan(text, 90000000), "1min 30s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
