// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/lib/json.h"
#include "cli/verbs/hits.h"
#include "engine/tracing/hit-line.h"
#include "util/util.h"

static const struct hit hit = {
	.ip = 0xffffffff81234560,
	.tracer = 7,
	.cpu = 3,
	.pid = 100,
	.tid = 101,
	.depth = 2,
	.context = HIT_SOFTIRQ,
	.comm = "cat",
	.body = "livepatch_fix",
	.function = "vfs_read",
	.parent = "ksys_read+0x6b/0xf0",
};

static json_object *parse(const char *line, size_t length)
{
	assert_int_equal(length, strlen(line));
	assert_true(length < HIT_LINE_MAX);
	/* One line. */
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	return json_tokener_parse(line);
}

static void members(void **state)
{
	char line[HIT_LINE_MAX];
	_cleanup_(json_object_putp) json_object *o = parse(line, hit_line(line, &hit, NULL, 1234567));

	(void)state;
	assert_non_null(o);
	assert_int_equal(cli_json_uint(o, "time"), 1234567);
	assert_string_equal(cli_json_string(o, "kind"), "hit");
	assert_int_equal(cli_json_uint(o, "tracer"), 7);
	assert_string_equal(cli_json_string(o, "function"), "vfs_read");
	assert_string_equal(cli_json_string(o, "body"), "livepatch_fix");
	assert_string_equal(cli_json_string(o, "ip"), "0xffffffff81234560");
	assert_string_equal(cli_json_string(o, "parent"), "ksys_read+0x6b/0xf0");
	assert_int_equal(cli_json_uint(o, "depth"), 2);
	assert_string_equal(cli_json_string(o, "context"), "softirq");
	assert_int_equal(cli_json_uint(o, "cpu"), 3);
	assert_int_equal(cli_json_uint(o, "pid"), 100);
	assert_int_equal(cli_json_uint(o, "tid"), 101);
	assert_string_equal(cli_json_string(o, "comm"), "cat");
	assert_int_equal(json_object_object_length(o), 13);
}

/* Whoever knows the tracer knows its function better than the hit does. */
static void function(void **state)
{
	char line[HIT_LINE_MAX];
	_cleanup_(json_object_putp) json_object *o = parse(line, hit_line(line, &hit, "xfs:xfs_read,2", 1));

	(void)state;
	assert_string_equal(cli_json_string(o, "function"), "xfs:xfs_read,2");
}

static void any_name(void **state)
{
	char line[HIT_LINE_MAX];
	struct hit odd = hit;
	_cleanup_(json_object_putp) json_object *o = NULL;

	(void)state;
	/* As long as can be, without a NUL, and nothing of it is fit for JSON. */
	memset(odd.comm, '"', sizeof(odd.comm));
	memset(odd.body, '\\', sizeof(odd.body));
	memset(odd.function, '\n', sizeof(odd.function));
	memset(odd.parent, 0xff, sizeof(odd.parent));
	odd.context = 99;
	o = parse(line, hit_line(line, &odd, NULL, UINT64_MAX));
	assert_non_null(o);
	assert_string_equal(cli_json_string(o, "comm"), "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
	assert_int_equal(strlen(cli_json_string(o, "body")), HIT_BODY_LEN);
	assert_int_equal(strlen(cli_json_string(o, "function")), HIT_FUNCTION_LEN);
	/* Two bytes each, in UTF-8. */
	assert_int_equal(strlen(cli_json_string(o, "parent")), 2 * HIT_PARENT_LEN);
}

static void lost(void **state)
{
	char line[HIT_LINE_MAX], text[256];
	_cleanup_(json_object_putp) json_object *o = parse(line, hit_lost_line(line, 42, 1000001));

	(void)state;
	assert_string_equal(cli_json_string(o, "kind"), "lost");
	assert_int_equal(cli_json_uint(o, "lost"), 42);
	cli_hits_text(text, sizeof(text), o);
	assert_non_null(strstr(text, ".000001  lost 42 hits"));
}

static void text_of_hit(void **state)
{
	char line[HIT_LINE_MAX], text[512];
	_cleanup_(json_object_putp) json_object *o = parse(line, hit_line(line, &hit, NULL, 5000000));

	(void)state;
	cli_hits_text(text, sizeof(text), o);
	assert_non_null(strstr(text, ".000000  [003] cat-101 in softirq  vfs_read  body=livepatch_fix  "
				     "caller=ksys_read+0x6b/0xf0  ip=0xffffffff81234560  depth=2  tracer=7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(function),
		cmocka_unit_test(any_name),
		cmocka_unit_test(lost),
		cmocka_unit_test(text_of_hit),
	};

	return cmocka_run_group_tests_name("hit-line", tests, NULL, NULL);
}
