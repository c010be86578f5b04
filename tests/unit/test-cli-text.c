// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cli/lib/json.h"
#include "cli/lib/text.h"
#include "util/util.h"

static json_object *parse(const char *text)
{
	json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static void module_names(void **state)
{
	static const struct {
		const char *typed;
		const char *name;
		bool file;
	} cases[] = {
		{ "livepatch_cmdline", "livepatch_cmdline", false },
		{ "livepatch-cmdline", "livepatch_cmdline", false },
		{ "livepatch-cmdline.ko", "livepatch_cmdline", true },
		{ "./a-b.ko.xz", "a_b", true },
		{ "/lib/modules/6.1/extra/a.ko.zst", "a", true },
		{ "dir-x/a.ko.gz", "a", true },
		{ "dir/a", "a", true },
		{ ".ko", ".ko", false },
		{ "a.ko.bz2", "a.ko.bz2", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *name = cli_module_name(cases[i].typed);

		assert_string_equal(name, cases[i].name);
		assert_int_equal(cli_looks_like_file(cases[i].typed), cases[i].file);
	}
}

static void functions(void **state)
{
	static const struct {
		const char *json;
		const char *text;
	} cases[] = {
		{ "{\"symbol\": \"f\", \"module\": \"vmlinux\", \"sympos\": 0}", "f" },
		{ "{\"symbol\": \"f\", \"module\": \"\", \"sympos\": 0}", "f" },
		{ "{\"symbol\": \"f\", \"module\": \"ext4\", \"sympos\": 0}", "ext4:f" },
		{ "{\"symbol\": \"f\", \"module\": \"ext4\", \"sympos\": 2}", "ext4:f,2" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_(json_object_putp) json_object *function = parse(cases[i].json);
		char text[64];

		cli_function_text(text, sizeof(text), function);
		assert_string_equal(text, cases[i].text);
	}
}

static void bodies(void **state)
{
	_cleanup_(json_object_putp) json_object *two =
		parse("[{\"body\": \"original\", \"hits\": 18446744073709551615},"
		      " {\"body\": \"patch_a\", \"hits\": 3}]");
	_cleanup_(json_object_putp) json_object *none = parse("[]");
	char text[64], small[8];

	(void)state;
	cli_bodies_text(text, sizeof(text), two);
	assert_string_equal(text, "original 18446744073709551615, patch_a 3");
	cli_bodies_text(small, sizeof(small), two);
	assert_string_equal(small, "origina");
	cli_bodies_text(text, sizeof(text), none);
	assert_string_equal(text, "-");
	cli_bodies_text(text, sizeof(text), NULL);
	assert_string_equal(text, "-");
}

static void times(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	cli_time_text(text, sizeof(text), UINT64_C(1000000000999999));
	assert_string_equal(text, "2001-09-09 01:46:40 UTC");
	cli_time_text(text, sizeof(text), 0);
	assert_string_equal(text, "-");
}

static void progress_lines(void **state)
{
	_cleanup_(json_object_putp) json_object *running =
		parse("{\"subject\": \"p\", \"kind\": \"load\", \"state\": \"running\","
		      " \"tasks_total\": 130, \"tasks_remaining\": 12, \"progress\": 0.5}");
	_cleanup_(json_object_putp) json_object *queued =
		parse("{\"subject\": \"p\", \"kind\": \"unload\", \"state\": \"queued\","
		      " \"tasks_total\": 0, \"tasks_remaining\": 0, \"progress\": 0}");
	char text[256];

	(void)state;
	cli_progress_text(text, sizeof(text), running);
	assert_string_equal(text, "p: loading, 12 of 130 tasks left");
	cli_progress_text(text, sizeof(text), queued);
	assert_string_equal(text, "p: waiting for its turn");

	cli_progress_bar(text, sizeof(text), 80, running);
	assert_string_equal(text,
			    "[============>           ]  50% p: loading, 12 of 130 tasks left");
	cli_progress_bar(text, sizeof(text), 80, queued);
	assert_string_equal(text, "[>                       ]   0% p: waiting for its turn");
	cli_progress_bar(text, sizeof(text), 40, running);
	assert_string_equal(text, " 50% p: loading, 12 of 130 tasks left");
}

static void progress_keeps_to_its_width(void **state)
{
	_cleanup_(json_object_putp) json_object *transition =
		parse("{\"subject\": \"a_patch_with_a_name_that_is_rather_long_for_a_patch\","
		      " \"kind\": \"load\", \"state\": \"running\","
		      " \"tasks_total\": 130, \"tasks_remaining\": 12, \"progress\": 7.5}");

	(void)state;
	for (unsigned int width = 1; width < 200; width++) {
		char text[256];

		cli_progress_bar(text, sizeof(text), width, transition);
		assert_true(strlen(text) < width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(module_names),
		cmocka_unit_test(functions),
		cmocka_unit_test(bodies),
		cmocka_unit_test(times),
		cmocka_unit_test(progress_lines),
		cmocka_unit_test(progress_keeps_to_its_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
