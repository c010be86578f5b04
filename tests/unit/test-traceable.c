// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "util/json-util.h"
#include "worker/traceable.h"

static char sys[64], proc[64];

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	fake_file("", "sys/kernel/tracing/enabled_functions");
	fake_file("vfs_write\n"
		  "vfs_read\n"
		  "twin\n"
		  "__ftrace_invalid_address___4711\n"
		  "twin\n"
		  "vfs_read [mod]\n"
		  "mod_init.isra.0 [mod]\n"
		  "lph_anchor [livepatch_helper]\n",
		  "sys/kernel/tracing/available_filter_functions");
	fake_file("ffffffff81000000 T vfs_read\n"
		  "ffffffff81000100 t vfs_write\n"
		  "ffffffff81000200 t twin\n"
		  "ffffffff81000300 d twin\n"
		  "ffffffff81000400 t twin\n"
		  "ffffffffc0000000 t vfs_read\t[mod]\n"
		  "ffffffffc0000100 t mod_init.isra.0\t[mod]\n"
		  "ffffffffc0000200 t twin\t[mod]\n",
		  "proc/kallsyms");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

/* What comes of the patterns, each followed by a space: the functions, then a "|" and what is missing. */
static int expand(char *text, size_t size, size_t max, const char *name, char **patterns, struct failure *failure)
{
	_cleanup_(lpd_json_putp) struct json_object *result = json_object_new_object();
	struct function_name names[1];
	struct traceable_query query = {
		.root = { .sys = sys, .proc = proc },
		.patterns = patterns,
		.names = names,
		.n_names = name != NULL,
		.max = max,
	};
	size_t at = 0;
	int r;

	while (patterns[query.n_patterns])
		query.n_patterns++;
	if (name)
		assert_int_equal(function_name_parse(name, names), 0);
	r = traceable_expand(&query, result, failure);
	if (r < 0)
		return r;
	*text = '\0';
	for (int i = 0; i < 2; i++) {
		struct json_object *list = json_object_object_get(result, i == 0 ? "functions" : "missing");

		for (size_t j = 0; j < json_object_array_length(list); j++)
			at += (size_t)snprintf(text + at, size - at, "%s ",
					       json_object_get_string(json_object_array_get_idx(list, j)));
		if (i == 0)
			at += (size_t)snprintf(text + at, size - at, "|");
	}
	return 0;
}

static void assert_expands(const char *name, char **patterns, const char *to)
{
	struct failure failure = { 0 };
	char text[512];

	assert_int_equal(expand(text, sizeof(text), 100, name, patterns, &failure), 0);
	assert_string_equal(text, to);
}

static void patterns(void **state)
{
	(void)state;
	assert_expands(NULL, (char *[]){ "vfs_*", NULL }, "vfs_read vfs_write |");
	assert_expands(NULL, (char *[]){ "vfs_rea?", "v*", NULL }, "vfs_read vfs_write |");
	assert_expands(NULL, (char *[]){ "mod:*", NULL }, "mod:mod_init.isra.0 mod:vfs_read |");
	assert_expands(NULL, (char *[]){ "*:vfs_[r]ead", NULL }, "mod:vfs_read vfs_read |");
}

static void once(void **state)
{
	(void)state;
	assert_expands("vfs_read", (char *[]){ "vfs_*", NULL }, "vfs_write |");
	assert_expands("twin,2", (char *[]){ "twi*", NULL }, "twin,1 twin,3 |");
}

static void missing(void **state)
{
	(void)state;
	assert_expands(NULL, (char *[]){ "nothing*", "vfs_r*", "other:*", NULL }, "vfs_read |nothing* other:* ");
	/* Neither code that is gone nor the helper's own. */
	assert_expands(NULL, (char *[]){ "__ftrace*", "livepatch_helper:*", NULL }, "|__ftrace* livepatch_helper:* ");
}

static void namesakes(void **state)
{
	(void)state;
	/* Whatever its kind, each has a position. */
	assert_expands(NULL, (char *[]){ "tw*n", NULL }, "twin,1 twin,2 twin,3 |");
}

static void refused(void **state)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	char text[512];

	(void)state;
	assert_int_equal(expand(text, sizeof(text), 2, NULL, (char *[]){ "*:vfs_*", NULL }, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_INVALID_ARGUMENT);
	assert_non_null(strstr(failure_message(&failure), "3 functions"));
	assert_int_equal(expand(text, sizeof(text), 2, "twin,1", (char *[]){ "vfs_*", NULL }, &failure), -EBADE);
	assert_int_equal(expand(text, sizeof(text), 2, NULL, (char *[]){ "vfs_*", NULL }, &failure), 0);

	fake_gone("sys/kernel/tracing");
	assert_int_equal(expand(text, sizeof(text), 2, NULL, (char *[]){ "vfs_*", NULL }, &failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "available_filter_functions"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(patterns, setup, teardown),
		cmocka_unit_test_setup_teardown(once, setup, teardown),
		cmocka_unit_test_setup_teardown(missing, setup, teardown),
		cmocka_unit_test_setup_teardown(namesakes, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
