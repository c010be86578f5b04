// SPDX-License-Identifier: GPL-2.0-only
/* What module/ranges.c takes for in the text, with the C library in the place of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../module/ranges.c"

void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	(void)flags;
	return reallocarray(NULL, n, size);
}

void kvfree(const void *p)
{
	free((void *)(uintptr_t)p);
}

static void test_none(void **state)
{
	struct lph_ranges ranges = { 0 };

	(void)state;
	lph_ranges_sort(&ranges);
	assert_false(lph_ranges_have(&ranges, 0));
	assert_false(lph_ranges_have(&ranges, UINT64_MAX));
	lph_ranges_clear(&ranges);
}

static void test_edges(void **state)
{
	struct lph_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(lph_ranges_add(&ranges, 300, 10), 0);
	assert_int_equal(lph_ranges_add(&ranges, 100, 1), 0);
	assert_int_equal(lph_ranges_add(&ranges, UINT64_MAX - 9, 10), 0);
	lph_ranges_sort(&ranges);
	assert_int_equal(ranges.n, 3);
	assert_false(lph_ranges_have(&ranges, 99));
	assert_true(lph_ranges_have(&ranges, 100));
	assert_false(lph_ranges_have(&ranges, 101));
	assert_false(lph_ranges_have(&ranges, 299));
	assert_true(lph_ranges_have(&ranges, 300));
	assert_true(lph_ranges_have(&ranges, 309));
	assert_false(lph_ranges_have(&ranges, 310));
	assert_true(lph_ranges_have(&ranges, UINT64_MAX));
	lph_ranges_clear(&ranges);
}

/* A function, and the module that it is in; two that touch; one that is there twice. */
static void test_together(void **state)
{
	struct lph_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(lph_ranges_add(&ranges, 1000, 500), 0);
	assert_int_equal(lph_ranges_add(&ranges, 1100, 10), 0);
	assert_int_equal(lph_ranges_add(&ranges, 1490, 20), 0);
	assert_int_equal(lph_ranges_add(&ranges, 1510, 5), 0);
	assert_int_equal(lph_ranges_add(&ranges, 2000, 5), 0);
	assert_int_equal(lph_ranges_add(&ranges, 2000, 5), 0);
	lph_ranges_sort(&ranges);
	assert_int_equal(ranges.n, 2);
	assert_true(lph_ranges_have(&ranges, 1000));
	assert_true(lph_ranges_have(&ranges, 1200));
	assert_true(lph_ranges_have(&ranges, 1514));
	assert_false(lph_ranges_have(&ranges, 1515));
	assert_true(lph_ranges_have(&ranges, 2004));
	lph_ranges_clear(&ranges);
}

/* Each address, against the plain search. */
static void test_all(void **state)
{
	bool in[4096] = { false };
	struct lph_ranges ranges = { 0 };

	(void)state;
	srandom(1);
	for (int i = 0; i < 200; i++) {
		unsigned long start = (unsigned long)random() % 4000, size = 1 + (unsigned long)random() % 20;

		assert_int_equal(lph_ranges_add(&ranges, start, size), 0);
		for (unsigned long addr = start; addr < start + size; addr++)
			in[addr] = true;
	}
	lph_ranges_sort(&ranges);
	for (unsigned long addr = 0; addr < 4096; addr++)
		assert_int_equal(lph_ranges_have(&ranges, addr), in[addr]);
	lph_ranges_clear(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
