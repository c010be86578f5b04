// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/lib/fail.h"
#include "cli/lib/options.h"
#include "cli/verbs/change.h"
#include "util/util.h"

struct result {
	bool go_on;
	int exit;
	struct cli cli;
	struct cli_change change;
	int argc;
	char **argv;
};

/* Parses words as the command line of a verb that takes one or two arguments. */
static void parse(struct result *result, char **words)
{
	static const struct cli_usage usage = {
		.arguments = "A [B]",
		.description = "",
		.min = 1,
		.max = 2,
	};

	*result = (struct result){ .cli.verb = "verb", .argv = words };
	while (words[result->argc])
		result->argc++;
	result->go_on = cli_change_parse(&result->cli, &usage, NULL, &result->change, &result->argc,
					 &result->argv, &result->exit);
}

#define PARSE(result, ...) parse(result, (char *[]){ "verb", __VA_ARGS__ __VA_OPT__(, ) NULL })

static void options_and_arguments_in_any_order(void **state)
{
	struct result r;

	(void)state;
	PARSE(&r, "a", "--no-wait", "--timeout=1min 30s", "b", "--on-timeout", "keep", "--json", "-H",
	      "root@host");
	assert_true(r.go_on);
	assert_int_equal(r.argc, 2);
	assert_string_equal(r.argv[0], "a");
	assert_string_equal(r.argv[1], "b");
	assert_true(r.change.no_wait);
	assert_int_equal(r.change.timeout, 90 * 1000000);
	assert_string_equal(r.change.on_timeout, "keep");
	assert_true(r.cli.json);
	assert_string_equal(r.cli.host, "root@host");
}

static void what_is_not_given_stays(void **state)
{
	struct result r;

	(void)state;
	PARSE(&r, "a");
	assert_true(r.go_on);
	assert_int_equal(r.argc, 1);
	assert_false(r.change.no_wait);
	assert_int_equal(r.change.timeout, 0);
	assert_null(r.change.on_timeout);
	assert_false(r.cli.json);
	assert_null(r.cli.host);
}

static void arguments_after_two_dashes(void **state)
{
	struct result r;

	(void)state;
	PARSE(&r, "--", "--json");
	assert_true(r.go_on);
	assert_int_equal(r.argc, 1);
	assert_string_equal(r.argv[0], "--json");
	assert_false(r.cli.json);
}

static void usage_errors(void **state)
{
	static char *lines[][5] = {
		{ "verb", NULL },
		{ "verb", "a", "b", "c", NULL },
		{ "verb", "a", "--bogus", NULL },
		{ "verb", "a", "-x", NULL },
		{ "verb", "a", "--timeout", NULL },
		{ "verb", "a", "--timeout=soon", NULL },
		{ "verb", "a", "--timeout=", NULL },
		{ "verb", "a", "--no-wait=1", NULL },
		{ "verb", "a", "--on-timeout=panic", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
		struct result r;

		parse(&r, lines[i]);
		assert_false(r.go_on);
		assert_int_equal(r.exit, CLI_USAGE);
	}
}

static void json_after_the_error_counts(void **state)
{
	struct result r;

	(void)state;
	PARSE(&r, "--bogus", "--json");
	assert_false(r.go_on);
	assert_true(r.cli.json);
}

static void help_comes_before_all(void **state)
{
	struct result r;

	(void)state;
	PARSE(&r, "--help");
	assert_false(r.go_on);
	assert_int_equal(r.exit, CLI_DONE);
}

static void exit_codes(void **state)
{
	static const struct {
		const char *error;
		enum cli_exit code;
	} cases[] = {
		{ "org.livepatchd1.Error.InvalidArgument", CLI_USAGE },
		{ "org.livepatchd1.Error.NoSuchFile", CLI_NOT_FOUND },
		{ "org.livepatchd1.Error.NotAModule", CLI_FAILED },
		{ "org.livepatchd1.Error.NotALivepatch", CLI_FAILED },
		{ "org.livepatchd1.Error.WrongKernel", CLI_FAILED },
		{ "org.livepatchd1.Error.NoSuchPatch", CLI_NOT_FOUND },
		{ "org.livepatchd1.Error.NoSuchTracer", CLI_NOT_FOUND },
		{ "org.livepatchd1.Error.NoSuchFunction", CLI_NOT_FOUND },
		{ "org.livepatchd1.Error.RefusedFunction", CLI_REFUSED },
		{ "org.livepatchd1.Error.Conflict", CLI_CONFLICT },
		{ "org.livepatchd1.Error.HelperMissing", CLI_HELPER_MISSING },
		{ "org.livepatchd1.Error.KernelRefused", CLI_FAILED },
		{ "org.livepatchd1.Error.NothingToCancel", CLI_FAILED },
		{ "org.freedesktop.DBus.Error.AccessDenied", CLI_REFUSED },
		{ "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", CLI_REFUSED },
		{ "org.freedesktop.DBus.Error.ServiceUnknown", CLI_UNREACHABLE },
		{ "org.freedesktop.DBus.Error.NoReply", CLI_UNREACHABLE },
		{ "org.freedesktop.DBus.Error.Spawn.ChildExited", CLI_UNREACHABLE },
		{ "org.freedesktop.systemd1.UnitMasked", CLI_UNREACHABLE },
		{ "System.Error.ENOTCONN", CLI_UNREACHABLE },
		{ "com.example.Error", CLI_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		assert_int_equal(cli_exit_for_error(cases[i].error), cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments_in_any_order),
		cmocka_unit_test(what_is_not_given_stays),
		cmocka_unit_test(arguments_after_two_dashes),
		cmocka_unit_test(usage_errors),
		cmocka_unit_test(json_after_the_error_counts),
		cmocka_unit_test(help_comes_before_all),
		cmocka_unit_test(exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
