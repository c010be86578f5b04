// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/function-name.h"

static void parse(void **state)
{
	struct function_name name;
	char text[FUNCTION_NAME_MAX];

	(void)state;
	assert_int_equal(function_name_parse("vfs_read", &name), 0);
	assert_string_equal(name.symbol, "vfs_read");
	assert_string_equal(name.module, "vmlinux");
	assert_int_equal(name.sympos, 0);
	assert_string_equal(function_name_format(text, &name), "vfs_read");

	assert_int_equal(function_name_parse("kvm-intel:vmx_vcpu_run.isra.0,2", &name), 0);
	assert_string_equal(name.symbol, "vmx_vcpu_run.isra.0");
	assert_string_equal(name.module, "kvm_intel");
	assert_int_equal(name.sympos, 2);
	assert_string_equal(function_name_format(text, &name), "kvm_intel:vmx_vcpu_run.isra.0,2");

	assert_int_equal(function_name_parse("vmlinux:vfs_read,0", &name), 0);
	assert_string_equal(function_name_format(text, &name), "vfs_read");
}

static void refuse(void **state)
{
	static const char *const bad[] = {
		"", ":", ",", "x:", ":x", "x,", "x,y", "x,-1", "x,1 ", "x,4294967296", "a b",
		"a:b:c", "a,1,2", "a/b", "x,1:y", "\t"
	};
	struct function_name name = { .symbol = "untouched" };
	char longest[LPH_SYMBOL_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(function_name_parse(bad[i], &name), -EINVAL);
	memset(longest, 'x', LPH_SYMBOL_LEN);
	longest[LPH_SYMBOL_LEN] = '\0';
	assert_int_equal(function_name_parse(longest, &name), -EINVAL);
	assert_string_equal(name.symbol, "untouched");
	longest[LPH_SYMBOL_LEN - 1] = '\0';
	assert_int_equal(function_name_parse(longest, &name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
