// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/lib/json.h"
#include "cli/lib/rates.h"
#include "util/time-util.h"
#include "util/util.h"

#define TRACER(id, hits, bodies)                                                                             \
	"{\"id\":" #id ",\"function\":\"f\",\"kind\":\"count\",\"priority\":0,\"backend\":\"direct\",\"hits\":" #hits \
	",\"bodies\":[" bodies "]}"
#define BODY(name, hits) "{\"body\":\"" name "\",\"hits\":" #hits "}"

static json_object *rates_of(const char *before, const char *now, uint64_t usec)
{
	_cleanup_(json_object_putp) json_object *a = json_tokener_parse(before), *b = json_tokener_parse(now);

	assert_non_null(a);
	assert_non_null(b);
	return cli_rates(a, b, usec);
}

static void assert_rates(json_object *rates, size_t i, double rate, const char *bodies)
{
	json_object *tracer = json_object_array_get_idx(rates, i);
	char text[256];

	assert_true(cli_json_double(tracer, "rate") == rate);
	cli_rates_text(text, sizeof(text), cli_json_get(tracer, "bodies"));
	assert_string_equal(text, bodies);
}

static void by_body(void **state)
{
	_cleanup_(json_object_putp) json_object *rates = rates_of(
		"[" TRACER(1, 100, BODY("original", 100)) "," TRACER(2, 7, BODY("original", 7)) "]",
		"[" TRACER(1, 400, BODY("original", 200) "," BODY("fix", 200)) "," TRACER(2, 7, BODY("original", 7)) "]",
		2 * USEC_PER_SEC);

	(void)state;
	assert_int_equal(json_object_array_length(rates), 2);
	assert_rates(rates, 0, 150, "original 50.0, fix 100.0");
	assert_rates(rates, 1, 0, "original 0.0");
	assert_int_equal(cli_json_uint(json_object_array_get_idx(rates, 0), "hits"), 400);
}

static void others(void **state)
{
	/* One that has come, one that has gone, and one that is not what it was. */
	_cleanup_(json_object_putp) json_object *rates = rates_of(
		"[" TRACER(1, 5, BODY("original", 5)) "," TRACER(3, 900, BODY("original", 900)) "]",
		"[" TRACER(2, 10, BODY("original", 10)) "," TRACER(3, 4, BODY("original", 4)) "," TRACER(4, 0, ) "]",
		USEC_PER_SEC / 2);

	(void)state;
	assert_int_equal(json_object_array_length(rates), 3);
	assert_rates(rates, 0, 20, "original 20.0");
	assert_rates(rates, 1, 8, "original 8.0");
	assert_rates(rates, 2, 0, "-");
}

static void sorted(void **state)
{
	_cleanup_(json_object_putp) json_object *rates = rates_of(
		"[]", "[" TRACER(1, 1, ) "," TRACER(2, 9, ) "," TRACER(3, 1, ) "," TRACER(4, 5, ) "]", USEC_PER_SEC);
	static const uint64_t order[] = { 2, 4, 1, 3 };

	(void)state;
	cli_rates_sort(rates);
	for (size_t i = 0; i < ELEMENTSOF(order); i++)
		assert_int_equal(cli_json_uint(json_object_array_get_idx(rates, i), "id"), order[i]);
}

static void no_time(void **state)
{
	_cleanup_(json_object_putp) json_object *rates = rates_of("[]", "[" TRACER(1, 1, ) "]", 0);

	(void)state;
	assert_rates(rates, 0, 0, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_body),
		cmocka_unit_test(others),
		cmocka_unit_test(sorted),
		cmocka_unit_test(no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
