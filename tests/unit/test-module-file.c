// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/module-file.h"
#include "util/fs.h"

#define INFO(text) "static const char __attribute__((used, section(\".modinfo\"))) i" text "\n"
#define PATCH                                        \
	"[] = \"vermagic=1.2.3 SMP\\0name=fix-it\\0" \
	"livepatch=Y\\0srcversion=ABC\\0depends=a,b\";"

static void make(const char *info)
{
	char command[512];

	fake_file(info, "p.c");
	(void)snprintf(command, sizeof(command),
		       "cd %s && rm -f p.ko* && ${CC:-cc} -O2 -c -o p.ko p.c && chmod 644 p.ko && gzip -k p.ko && "
		       "xz -k --check=crc32 p.ko && zstd -q p.ko",
		       fake_root);
	assert_int_equal(system(command), 0);
}

static int open_file(const char *name, struct module_file *ret, struct failure *failure)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	return module_file_open(path, "1.2.3", ret, failure);
}

static void refused(const char *name, const char *says)
{
	struct failure failure = { 0 };
	struct module_file file = MODULE_FILE_NULL;

	assert_int_equal(open_file(name, &file, &failure), -EBADE);
	if (!strstr(failure_message(&failure), says))
		fail_msg("%s: %s", name, failure_message(&failure));
	failure_clear(&failure);
}

static void cut(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	assert_int_equal(truncate(path, 300), 0);
}

/* All the same, however it is packed; but for the checksum, which is the file's. */
static void however_packed(void **state)
{
	static const char *const names[] = { "p.ko", "p.ko.gz", "p.ko.xz", "p.ko.zst" };
	char *module, *content, sha256[SHA256_HEX_SIZE] = "";
	struct failure failure = { 0 };
	size_t size, content_size;
	char path[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	make(INFO(PATCH));
	(void)snprintf(path, sizeof(path), "%s/p.ko", fake_root);
	assert_int_equal(lpd_read_file(path, 1024 * 1024, &module, &size), 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		struct module_file file = MODULE_FILE_NULL;

		assert_int_equal(open_file(names[i], &file, &failure), 0);
		assert_string_equal(file.name, "fix_it");
		assert_string_equal(file.srcversion, "ABC");
		assert_string_equal(file.depends, "a,b");
		assert_false(file.helper);
		assert_int_equal(file.size, size);
		assert_memory_equal(file.data, module, size);
		assert_int_equal(!file.packed, i == 0);
		assert_string_not_equal(file.sha256, sha256);
		strcpy(sha256, file.sha256);
		/* What is loaded is what was read. */
		assert_int_equal(lpd_read_fd(file.fd, 1024 * 1024, &content, &content_size), 0);
		assert_int_equal(content_size, size);
		assert_memory_equal(content, module, size);
		assert_int_equal(write(file.fd, "", 1), -1);
		free(content);
		module_file_close(&file);
	}
	free(module);
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		cut(names[i]);
		refused(names[i], "cut short");
	}
}

static void no_patches(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	make(INFO("[] = \"vermagic=1.2.3 SMP\\0name=fix\";"));
	refused("p.ko", "is a kernel module, but no livepatch");
	make(INFO("[] = \"name=fix\\0livepatch=Y\";"));
	refused("p.ko", "its module information is incomplete");
	make(INFO("[8] = \"name=fix\";"));
	refused("p.ko.gz", "it has no module information");
	make("int no_info;\n");
	refused("p.ko.xz", "it has no module information");
	make(INFO("[] = \"vermagic=1.2 SMP\\0name=fix\\0livepatch=Y\";"));
	refused("p.ko.zst", "was built for kernel 1.2, but 1.2.3 is running");
	fake_file("#!/bin/sh\n", "p.ko");
	refused("p.ko", "no ELF object");
}

static int make_root(void **state)
{
	(void)state;
	fake_make_root();
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(however_packed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(no_patches, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
