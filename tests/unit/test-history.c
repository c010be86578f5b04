// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/changes/history.h"
#include "fake-tree.h"

static char state_dir[256];

static void append(const char *text)
{
	struct json_object *entries = json_tokener_parse(text);

	assert_non_null(entries);
	assert_int_equal(history_append(state_dir, entries), 0);
	json_object_put(entries);
}

static struct json_object *read_back(uint32_t limit)
{
	const struct history_request request = { state_dir, limit };
	struct json_object *result = json_object_new_object();
	struct failure failure = { 0 };

	assert_int_equal(history_read(&request, result, &failure), 0);
	return result;
}

static void reads(uint32_t limit, const char *expected)
{
	struct json_object *result = read_back(limit);

	assert_string_equal(json_object_to_json_string_ext(json_object_object_get(result, "entries"),
							   JSON_C_TO_STRING_PLAIN),
			    expected);
	json_object_put(result);
}

static void there_and_back(void **state)
{
	(void)state;
	reads(10, "[]");
	append("[{\"id\":1},{\"id\":2}]");
	append("[{\"id\":3}]");
	append("[]");
	reads(10, "[{\"id\":1},{\"id\":2},{\"id\":3}]");
	reads(2, "[{\"id\":2},{\"id\":3}]");
	reads(0, "[]");
}

/* Whoever was killed may have written it already. */
static void once(void **state)
{
	(void)state;
	append("[{\"id\":1,\"boot\":\"a\"},{\"id\":2,\"boot\":\"a\"}]");
	append("[{\"id\":2,\"boot\":\"a\"},{\"id\":1,\"boot\":\"b\"}]");
	reads(10, "[{\"id\":1,\"boot\":\"a\"},{\"id\":2,\"boot\":\"a\"},{\"id\":1,\"boot\":\"b\"}]");
}

static void what_is_damaged_is_left_out(void **state)
{
	(void)state;
	fake_file("{\"id\":1}\nnonsense\n[]\n{\"id\":2", "state/history");
	append("[{\"id\":3}]");
	reads(10, "[{\"id\":1},{\"id\":3}]");
}

static void the_older_half_goes(void **state)
{
	struct json_object *entries = json_object_new_array(), *result;
	size_t n;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct json_object *entry = json_object_new_object();

		json_object_object_add(entry, "number", json_object_new_int(i));
		json_object_object_add(entry, "text", json_object_new_string("some text that takes room"));
		json_object_array_add(entries, entry);
	}
	assert_int_equal(history_append(state_dir, entries), 0);
	append("[{\"number\":20000}]");
	result = read_back(UINT32_MAX);
	n = json_object_array_length(json_object_object_get(result, "entries"));
	assert_in_range(n, 9000, 11000);
	json_object_put(result);
	reads(1, "[{\"number\":20000}]");
	json_object_put(entries);
}

static void no_folder(void **state)
{
	(void)state;
	fake_gone("state");
	reads(10, "[]");
}

static int make_root(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(state_dir, sizeof(state_dir), "%s/state", fake_root);
	fake_file("", "state/other");
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(once),
		TEST(what_is_damaged_is_left_out),
		TEST(the_older_half_goes),
		TEST(no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
