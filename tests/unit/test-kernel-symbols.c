// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/kernel-symbols.h"
#include "kernel/klp-sysfs.h"

static struct kernel_symbols *read_symbols(const char *kallsyms)
{
	const struct klp_root root = { .sys = "/nowhere", .proc = fake_root };
	struct kernel_symbols *symbols;

	fake_make_root();
	fake_file(kallsyms, "kallsyms");
	assert_int_equal(kernel_symbols_read(&root, &symbols), 0);
	fake_remove(fake_root);
	return symbols;
}

static void names(void **state)
{
	/* A module's follow the kernel's; data is no code. */
	_cleanup_(kernel_symbols_freep) struct kernel_symbols *symbols = read_symbols(
		"ffffffff81000000 T _text\n"
		"ffffffff81000100 t vfs_read\n"
		"ffffffff81000180 d table\n"
		"ffffffff81000200 W ksys_read\n"
		"ffffffffc0001000 t xfs_read\t[xfs]\n"
		"ffffffffc0000000 t ext4_read\t[ext4]\n");
	char text[64];

	(void)state;
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffff81000100, text, sizeof(text)), "vfs_read+0x0");
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffff810001ff, text, sizeof(text)), "vfs_read+0xff");
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffff81000200, text, sizeof(text)), "ksys_read+0x0");
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffffc0000010, text, sizeof(text)),
			    "ext4_read+0x10 [ext4]");
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffffc0001001, text, sizeof(text)), "xfs_read+0x1 [xfs]");
	assert_string_equal(kernel_symbols_name(symbols, 0x1000, text, sizeof(text)), "0x1000");
}

static void hidden(void **state)
{
	_cleanup_(kernel_symbols_freep) struct kernel_symbols *symbols =
		read_symbols("0000000000000000 T _text\n0000000000000000 t vfs_read\n");
	char text[64];

	(void)state;
	assert_string_equal(kernel_symbols_name(symbols, 0xffffffff81000100, text, sizeof(text)), "0xffffffff81000100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(hidden),
	};

	return cmocka_run_group_tests_name("kernel-symbols", tests, NULL, NULL);
}
