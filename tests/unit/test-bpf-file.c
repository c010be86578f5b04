// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "worker/bpf-file.h"

static void expect(const char *text, const char *path, const char *program)
{
	struct bpf_file file;

	assert_int_equal(bpf_file_parse(text, &file), 0);
	assert_string_equal(file.path, path);
	assert_string_equal(file.program, program);
}

static void files(void **state)
{
	(void)state;
	expect("/root/x.o", "/root/x.o", "");
	expect("/root/x.o:on_call", "/root/x.o", "on_call");
	expect("/a.o:b/x.bpf.o:p", "/a.o:b/x.bpf.o", "p");
	expect("/a.old/x.o", "/a.old/x.o", "");
}

static void shipped(void **state)
{
	(void)state;
	expect("processes", BPF_DIR "/processes.bpf.o", "");
	expect("processes:on_call", BPF_DIR "/processes.bpf.o", "on_call");
}

static void refused(void **state)
{
	char longer[400];
	struct bpf_file file;

	(void)state;
	assert_int_equal(bpf_file_parse("", &file), -EINVAL);
	assert_int_equal(bpf_file_parse(":p", &file), -EINVAL);
	assert_int_equal(bpf_file_parse("x:", &file), -EINVAL);
	assert_int_equal(bpf_file_parse("../x", &file), -EINVAL);
	assert_int_equal(bpf_file_parse("/a:b/x", &file), -EINVAL);
	assert_int_equal(bpf_file_parse("x/y.o", &file), -EINVAL);
	memset(longer, '/', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(bpf_file_parse(longer, &file), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(shipped),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
