// SPDX-License-Identifier: GPL-2.0-only
/* What module/kinds/prototype.c says of functions, with libbpf in the place of the kernel. */
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The kernel's names of what libbpf has, too. */
#define btf_type_by_id(btf, id) btf__type_by_id(btf, id)
#define btf_type_vlen(type) btf_vlen(type)
#define cond_resched() ((void)0)

static inline __u32 __btf_member_bit_offset(const struct btf_type *type, const struct btf_member *member)
{
	return btf_member_bit_offset(type, (__u32)(member - btf_members(type)));
}

static inline __u32 __btf_member_bitfield_size(const struct btf_type *type, const struct btf_member *member)
{
	return btf_member_bitfield_size(type, (__u32)(member - btf_members(type)));
}

#include "../../module/kinds/prototype.c"

u32 lph_btf_nr_types(const struct btf *btf)
{
	return btf__type_cnt(btf);
}

const char *lph_btf_name_by_offset(const struct btf *btf, u32 offset)
{
	return btf__name_by_offset(btf, offset);
}

int lph_error(struct lph_error *error, int errno_value, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return errno_value;
}

static struct btf *btf;
/* Of the object that is being looked at. */
static u32 first_id;
static int type_int, type_long, type_int128, type_pointer, type_double;

static int setup(void **state)
{
	(void)state;
	btf = btf__new_empty();
	first_id = 1;
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
	struct lph_error error;

	assert_int_equal(lph_prototype_judge(btf, first_id, name, &error), 0);
}

static void is_not(const char *name, int r, const char *because)
{
	struct lph_error error;

	assert_int_equal(lph_prototype_judge(btf, first_id, name, &error), r);
	assert_non_null(strstr(error.text, name));
	assert_non_null(strstr(error.text, because));
	assert_non_null(strstr(error.text, "use another kind"));
}

static void is_refused(const char *name, const char *because)
{
	is_not(name, -EOPNOTSUPP, because);
}

static void is_unknown(const char *name)
{
	is_not(name, -ENODATA, "BTF does not tell");
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
	is_refused("by_large", "argument 1 of");
	is_refused("by_packed", "argument 1 of");
	is_refused("by_nested", "argument 1 of");
	is_refused("by_floats", "argument 1 of");
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
	function("twice_the_same", 0, 1, type_int, -1);
	btf__add_func(btf, "twice_the_same", BTF_FUNC_STATIC, (int)btf__type_by_id(btf, btf__type_cnt(btf) - 1)->type);
	is_refused("variable", "variable arguments");
	is_unknown("twice");
	is_measurable("twice_the_same");
	is_unknown("missing");
}

static void of_a_module(void **state)
{
	struct btf *kernel = btf;

	(void)state;
	function("same_name", 0, 7, type_int, -1);
	function("of_the_kernel", 0, 1, type_int, -1);
	first_id = btf__type_cnt(kernel);
	btf = btf__new_empty_split(kernel);
	assert_non_null(btf);
	function("same_name", 0, 1, type_int, -1);
	is_measurable("same_name");
	is_unknown("of_the_kernel");
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
