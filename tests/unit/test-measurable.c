// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measurable.h"

static struct btf *btf;
static int type_int, type_long, type_int128, type_pointer, type_double;

static int setup(void **state)
{
	(void)state;
	btf = btf__new_empty();
	type_int = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	type_long = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	type_int128 = btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED);
	type_pointer = btf__add_ptr(btf, type_int);
	type_double = btf__add_float(btf, "double", 8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

/* @n arguments of @type, and one of @last unless that is negative; 0: variable ones. */
static void function(const char *name, int result, int n, int type, int last)
{
	int proto = btf__add_func_proto(btf, result);

	for (int i = 0; i < n; i++)
		assert_int_equal(btf__add_func_param(btf, "a", type), 0);
	if (last >= 0)
		assert_int_equal(btf__add_func_param(btf, last ? "last" : "", last), 0);
	assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

static int structure(const char *name, unsigned int size, int first, int second, unsigned int second_at)
{
	int id = btf__add_struct(btf, name, size);

	assert_int_equal(btf__add_field(btf, "first", first, 0, 0), 0);
	if (second > 0)
		assert_int_equal(btf__add_field(btf, "second", second, second_at * 8, 0), 0);
	return id;
}

static void is_measurable(const char *name)
{
	char *why;

	assert_int_equal(measurable_check(btf, name, &why), 0);
	assert_null(why);
}

static void is_refused(const char *name, const char *because)
{
	char *why;

	assert_int_equal(measurable_check(btf, name, &why), 0);
	assert_non_null(why);
	assert_non_null(strstr(why, because));
	assert_non_null(strstr(why, "use another kind"));
	free(why);
}

static void words(void **state)
{
	(void)state;
	function("none", 0, 0, 0, -1);
	function("six", type_int, 6, type_long, -1);
	function("seven", type_int, 6, type_pointer, type_int);
	function("wide", 0, 4, type_int, type_int128);
	function("too_wide", 0, 5, type_int, type_int128);
	is_measurable("none");
	is_measurable("six");
	is_refused("seven", "fill 7 registers");
	is_measurable("wide");
	is_refused("too_wide", "fill 7 registers");
}

static void structures(void **state)
{
	int small = structure("small", 16, type_long, type_int, 8);
	int large = structure("large", 24, type_long, type_long, 16);
	int packed = structure("packed", 12, type_int, type_long, 4);
	int floats = structure("floats", 8, type_double, 0, 0);
	int nested = structure("nested", 16, packed, 0, 0);
	int alias = btf__add_typedef(btf, "alias_t", small);

	(void)state;
	function("by_small", 0, 4, type_int, alias);
	function("by_five_and_small", 0, 5, type_int, small);
	function("by_large", 0, 0, 0, large);
	function("by_packed", 0, 0, 0, packed);
	function("by_nested", 0, 0, 0, nested);
	function("by_floats", 0, 0, 0, floats);
	is_measurable("by_small");
	is_refused("by_five_and_small", "fill 7 registers");
	is_refused("by_large", "last is passed on the stack");
	is_refused("by_packed", "last is passed on the stack");
	is_refused("by_nested", "last is passed on the stack");
	is_refused("by_floats", "last is passed on the stack");
}

static void results(void **state)
{
	int small = structure("small", 16, type_long, type_long, 8);
	int large = structure("large", 24, type_long, type_long, 16);

	(void)state;
	function("small_of_six", small, 6, type_int, -1);
	function("large_of_five", large, 5, type_int, -1);
	function("large_of_six", large, 6, type_int, -1);
	is_measurable("small_of_six");
	is_measurable("large_of_five");
	/* Where to leave it is an argument, too. */
	is_refused("large_of_six", "fill 7 registers");
}

static void what_btf_does_not_tell(void **state)
{
	(void)state;
	function("variable", 0, 1, type_pointer, 0);
	function("twice", 0, 1, type_pointer, -1);
	function("twice", 0, 1, type_int, -1);
	is_refused("variable", "variable arguments");
	is_refused("twice", "BTF does not tell");
	is_refused("missing", "BTF does not tell");
}

static void of_a_module(void **state)
{
	struct btf *kernel = btf;

	(void)state;
	function("same_name", 0, 7, type_int, -1);
	function("of_the_kernel", 0, 1, type_int, -1);
	btf = btf__new_empty_split(kernel);
	assert_non_null(btf);
	function("same_name", 0, 1, type_int, -1);
	is_measurable("same_name");
	is_refused("of_the_kernel", "BTF does not tell");
	btf__free(btf);
	btf = kernel;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(structures, setup, teardown),
		cmocka_unit_test_setup_teardown(results, setup, teardown),
		cmocka_unit_test_setup_teardown(what_btf_does_not_tell, setup, teardown),
		cmocka_unit_test_setup_teardown(of_a_module, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
