// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/klp-file.h"
#include "model/patch-content.h"
#include "util/fs.h"

/* Structures of our own, in the kernel's manner, and objects that the compiler makes of them. */

struct func {
	unsigned long before;
	const char *old_name;
	void *new_func;
	unsigned long old_sympos;
	char after[24];
};

struct object {
	const char *name;
	struct func *funcs;
	char after[8];
};

struct patch {
	void *mod;
	struct object *objs;
	char between[3];
	bool replace;
};

static const struct klp_layout layout = {
	.patch_mod = offsetof(struct patch, mod),
	.patch_objs = offsetof(struct patch, objs),
	.patch_replace = offsetof(struct patch, replace),
	.object_size = sizeof(struct object),
	.object_name = offsetof(struct object, name),
	.object_funcs = offsetof(struct object, funcs),
	.function_size = sizeof(struct func),
	.function_old_name = offsetof(struct func, old_name),
	.function_new_func = offsetof(struct func, new_func),
	.function_sympos = offsetof(struct func, old_sympos),
};

static const char types[] =
	"struct func { unsigned long before; const char *old_name; void *new_func; unsigned long old_sympos;\n"
	"	char after[24]; };\n"
	"struct object { const char *name; struct func *funcs; char after[8]; };\n"
	"struct patch { void *mod; struct object *objs; char between[3]; _Bool replace; };\n"
	"extern struct { char x[64]; } __this_module;\n"
	"void use(struct patch *);\n"
	"static void new_a(void) {}\n"
	"static void new_b(void) {}\n";

/* The object of @source; to be freed. */
static char *compile(const char *source, size_t *ret_size)
{
	char command[512], path[128], *data;

	fake_file(types, "types.h");
	fake_file(source, "patch.c");
	(void)snprintf(command, sizeof(command), "${CC:-cc} -O2 -c -include %s/types.h -o %s/patch.o %s/patch.c",
		       fake_root, fake_root, fake_root);
	assert_int_equal(system(command), 0);
	(void)snprintf(path, sizeof(path), "%s/patch.o", fake_root);
	assert_int_equal(lpd_read_file(path, 1024 * 1024, &data, ret_size), 0);
	return data;
}

static const char two_objects[] =
	"static struct func a[] = { { .old_name = \"z_function\", .new_func = new_a },\n"
	"	{ .old_name = \"a_function\", .new_func = new_b, .old_sympos = 2 }, {} };\n"
	"static struct func b[] = { { .old_name = \"b_function\", .new_func = new_a }, {} };\n"
	"static struct object o[] = { { .name = \"some_module\", .funcs = a }, { .funcs = b }, {} };\n"
	"static struct patch p = { .mod = &__this_module, .objs = o, .replace = 1 };\n"
	"void init(void) { use(&p); }\n";

static void functions(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(two_objects, &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_true(file.known);
	assert_true(file.replace);
	assert_int_equal(file.n_functions, 3);
	assert_string_equal(file.functions[0].module, "some_module");
	assert_string_equal(file.functions[0].symbol, "a_function");
	assert_int_equal(file.functions[0].sympos, 2);
	assert_string_equal(file.functions[0].body, "new_b");
	assert_string_equal(file.functions[1].symbol, "z_function");
	assert_string_equal(file.functions[2].module, "vmlinux");
	assert_string_equal(file.functions[2].symbol, "b_function");
	patch_content_clear(&file);
	free(data);
}

/* As <linux/livepatch_helper.h> has it. */
static const char of_the_helper[] =
	"struct lf { const char *old_name; void *new_func; unsigned long old_sympos; };\n"
	"struct lo { const char *name; struct lf *funcs; };\n"
	"struct lp { void *mod; const struct lo *objs; };\n"
	"static struct lf a[] = { { .old_name = \"a_function\", .new_func = new_a, .old_sympos = 3 }, {} };\n"
	"static struct lf b[] = { { .old_name = \"b_function\", .new_func = new_b }, {} };\n"
	"static struct lo o[] = { { .name = \"some_module\", .funcs = a }, { .funcs = b }, {} };\n"
	"static const struct lp p = { .mod = &__this_module, .objs = o };\n"
	"void register_it(const struct lp *);\n"
	"void init(void) { register_it(&p); }\n";

static void a_helper_patch(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(of_the_helper, &size);
	assert_int_equal(klp_file_read(data, size, &klp_layout_of_helper, &file), 0);
	assert_true(file.known);
	assert_false(file.replace);
	assert_int_equal(file.n_functions, 2);
	assert_string_equal(file.functions[0].module, "some_module");
	assert_string_equal(file.functions[0].symbol, "a_function");
	assert_int_equal(file.functions[0].sympos, 3);
	assert_string_equal(file.functions[1].module, "vmlinux");
	assert_string_equal(file.functions[1].body, "new_b");
	patch_content_clear(&file);
	free(data);
}

static void not_known(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	/* Whatever it patches, it finds out when it runs. */
	data = compile("static struct patch p; void init(void) { p.mod = &__this_module; use(&p); }\n", &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	assert_int_equal(file.n_functions, 0);
	patch_content_clear(&file);
	free(data);

	data = compile("void *m = &__this_module;\n", &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	free(data);
	assert_int_equal(klp_file_read("\177ELF", 4, &layout, &file), -EBADMSG);
	assert_int_equal(klp_file_read("", 0, &layout, &file), -EBADMSG);
}

/* However it is damaged, it is read within its bounds. */
static void damaged(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(two_objects, &size);
	for (size_t i = 0; i < size; i++) {
		char *part = malloc(i ?: 1);
		char was = data[i];

		memcpy(part, data, i);
		if (klp_file_read(part, i, &layout, &file) >= 0)
			patch_content_clear(&file);
		free(part);
		data[i] = (char)0xff;
		if (klp_file_read(data, size, &layout, &file) >= 0)
			patch_content_clear(&file);
		data[i] = was;
	}
	free(data);
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
		cmocka_unit_test(functions),
		cmocka_unit_test(a_helper_patch),
		cmocka_unit_test(not_known),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
