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
	.enabled_by = "klp_enable_patch",
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
	"int klp_enable_patch(struct patch *);\n"
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
	"void init(void) { klp_enable_patch(&p); }\n";

static void functions(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(two_objects, &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_true(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_YES);
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
	"void lph_patch_register(const struct lp *);\n"
	"void init(void) { lph_patch_register(&p); }\n";

static void a_helper_patch(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(of_the_helper, &size);
	assert_int_equal(klp_file_read(data, size, &klp_layout_of_helper, &file), 0);
	assert_true(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_NO);
	assert_int_equal(file.n_functions, 2);
	assert_string_equal(file.functions[0].module, "some_module");
	assert_string_equal(file.functions[0].symbol, "a_function");
	assert_int_equal(file.functions[0].sympos, 3);
	assert_string_equal(file.functions[1].module, "vmlinux");
	assert_string_equal(file.functions[1].body, "new_b");
	patch_content_clear(&file);
	free(data);
}

/* Much of a module's data begins with a pointer to the module, or has one. */
#define LOOKALIKES                                                                                                 \
	"static int set(const char *v, const void *p) { return 0; }\n"                                             \
	"struct ops { unsigned int flags; int (*set)(const char *, const void *); void *get; };\n"                 \
	"static const struct ops ops = { .set = set };\n"                                                          \
	"static const struct { const char *name; void *mod; const struct ops *ops; int perm; void *arg; } param\n" \
	"	__attribute__((used)) = { \"debug\", &__this_module, &ops, 0644 };\n"                                    \
	"static struct { void *owner; int (*llseek)(const char *, const void *); void *read[8]; } fops\n"          \
	"	__attribute__((used)) = { &__this_module, set };\n"                                                      \
	"static struct { void *owner; const char *name; long zero[16]; } driver\n"                                 \
	"	__attribute__((used)) = { &__this_module, \"driver\" };\n"                                               \
	"int register_chrdev(void *);\n"                                                                           \
	"void other(void) { register_chrdev(&fops); register_chrdev(&driver); }\n"

static void other_data(void **state)
{
	struct patch_content file;
	char *data, source[4096];
	size_t size;

	(void)state;
	/* Before and behind the patch, which is found all the same. */
	for (int i = 0; i < 2; i++) {
		(void)snprintf(source, sizeof(source), "%s%s", i ? two_objects : LOOKALIKES,
			       i ? LOOKALIKES : two_objects);
		data = compile(source, &size);
		assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
		assert_true(file.known);
		assert_int_equal(file.replace, KLP_REPLACE_YES);
		assert_int_equal(file.n_functions, 3);
		patch_content_clear(&file);
		free(data);
	}
	data = compile(LOOKALIKES "void init(struct patch *p) { klp_enable_patch(p); }\n", &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_UNKNOWN);
	free(data);
}

static void callbacks_only(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile("static struct func none[] = { {} };\n"
		       "static struct object o[] = { { .funcs = none }, { .name = \"m\", .funcs = none }, {} };\n"
		       "static struct patch p = { .mod = &__this_module, .objs = o };\n"
		       "void init(void) { klp_enable_patch(&p); }\n",
		       &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_true(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_NO);
	assert_int_equal(file.n_functions, 0);
	free(data);
}

static void decided_at_run_time(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile("static struct func a[] = { { .old_name = \"a_function\", .new_func = new_a }, {} };\n"
		       "static struct object o[] = { { .funcs = a }, {} };\n"
		       "static struct patch p = { .mod = &__this_module, .objs = o };\n"
		       "_Bool parameter;\n"
		       "void init(void) { p.replace = parameter; klp_enable_patch(&p); }\n",
		       &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_true(file.known);
	assert_int_equal(file.n_functions, 1);
	assert_int_equal(file.replace, KLP_REPLACE_UNKNOWN);
	patch_content_clear(&file);
	free(data);
}

/* As kpatch-build makes it. */
static void a_kpatch(void **state)
{
	static const char source[] =
		"static const struct { void *new_addr; long new_size, old_addr, old_size, sympos; const char *name,\n"
		"	*objname; } f[] __attribute__((used, section(\".kpatch.funcs\"))) = {\n"
		"	{ new_a, 1, 0, 1, 0, \"z_function\", \"vmlinux\" },\n"
		"	{ new_b, 1, 0, 1, 2, \"a_function\", \"some_module\" } };\n"
		"void init(struct patch *p) { klp_enable_patch(p); }\n";
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	data = compile(source, &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_true(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_UNKNOWN);
	assert_int_equal(file.n_functions, 2);
	assert_string_equal(file.functions[0].module, "some_module");
	assert_string_equal(file.functions[0].symbol, "a_function");
	assert_int_equal(file.functions[0].sympos, 2);
	assert_string_equal(file.functions[0].body, "new_b");
	assert_string_equal(file.functions[1].module, "vmlinux");
	patch_content_clear(&file);
	free(data);
	/* Not such a section after all. */
	data = compile("static const long f[6] __attribute__((used, section(\".kpatch.funcs\"))) = { 0 };\n", &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	free(data);
}

static void not_known(void **state)
{
	struct patch_content file;
	char *data;
	size_t size;

	(void)state;
	/* Whatever it patches, it finds out when it runs. */
	data = compile("static struct patch p;\n"
		       "void init(void) { p.mod = &__this_module; klp_enable_patch(&p); }\n",
		       &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	assert_int_equal(file.n_functions, 0);
	patch_content_clear(&file);
	free(data);

	/* Which of the two is enabled? */
	data = compile("static struct func a[] = { { .old_name = \"a_function\", .new_func = new_a }, {} };\n"
		       "static struct object o[] = { { .funcs = a }, {} };\n"
		       "static struct patch p = { .mod = &__this_module, .objs = o };\n"
		       "static struct patch q = { .mod = &__this_module, .objs = o, .replace = 1 };\n"
		       "void init(int i) { klp_enable_patch(i ? &p : &q); }\n",
		       &size);
	assert_int_equal(klp_file_read(data, size, &layout, &file), 0);
	assert_false(file.known);
	assert_int_equal(file.replace, KLP_REPLACE_UNKNOWN);
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
		cmocka_unit_test(other_data),
		cmocka_unit_test(callbacks_only),
		cmocka_unit_test(decided_at_run_time),
		cmocka_unit_test(a_kpatch),
		cmocka_unit_test(not_known),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
