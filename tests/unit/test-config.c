// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/config.h"
#include "util/log.h"
#include "wire/codec.h"
#include "worker/conf-files.h"

static struct config parse(const char *text, int expected, const char *message)
{
	struct failure failure = { 0 };
	struct config config;

	config_defaults(&config);
	assert_int_equal(config_parse(&config, "x.conf", text, &failure), expected);
	if (message)
		assert_string_equal(failure_message(&failure), message);
	else
		assert_int_equal(failure.kind, FAILURE_NONE);
	failure_clear(&failure);
	return config;
}

static void defaults(void **state)
{
	struct config config = parse("", 0, NULL);

	(void)state;
	assert_int_equal(config.timeout_usec, 0);
	assert_int_equal(config.on_timeout, ON_TIMEOUT_REVERSE);
	assert_int_equal(config.strategy, LPH_STRATEGY_SLOTS);
	assert_int_equal(config.consistency, LPH_CONSISTENCY_TASK);
	assert_int_equal(config.log_level, LOG_INFO);
}

static void all(void **state)
{
	struct config config = parse("# a comment\n"
				     "; another\n"
				     "\n"
				     "  [Daemon]  \n"
				     "Timeout = 1min \\\n"
				     "  30s\n"
				     "OnTimeout=keep\n"
				     "Strategy=stub\n"
				     "Consistency=stop\n"
				     "Trial=10s\n"
				     "LogLevel=debug",
				     0, NULL);

	(void)state;
	assert_int_equal(config.timeout_usec, 90 * 1000000);
	assert_int_equal(config.on_timeout, ON_TIMEOUT_KEEP);
	assert_int_equal(config.strategy, LPH_STRATEGY_STUB);
	assert_int_equal(config.consistency, LPH_CONSISTENCY_STOP);
	assert_int_equal(config.log_level, LOG_DEBUG);
	assert_int_equal(config.trial_usec, 10 * 1000000);
	config = parse("[Daemon]\nOnTimeout=force\n", 0, NULL);
	assert_int_equal(config.on_timeout, ON_TIMEOUT_FORCE);
	config = parse("[Daemon]\nTimeout=30s\nTimeout=infinity\n", 0, NULL);
	assert_int_equal(config.timeout_usec, 0);
}

static void errors_name_the_line(void **state)
{
	struct config config;

	(void)state;
	config = parse("[Daemon]\nOnTimeout=keep\n\nTimeout=soon\n", -EBADE,
		       "x.conf:4: Timeout=soon: expected a time span such as 30s, or infinity");
	/* Nothing of a wrong file is taken. */
	assert_int_equal(config.on_timeout, ON_TIMEOUT_REVERSE);
	parse("[Daemon]\nOnTimeout=never\n", -EBADE,
	      "x.conf:2: OnTimeout=never: expected reverse, keep or force");
	parse("[Daemon]\nTrial=infinity\n", -EBADE, "x.conf:2: Trial=infinity: expected a time span such as 5min");
	parse("[Daemon]\nLogLevel=\n", -EBADE,
	      "x.conf:2: LogLevel=: expected err, warning, notice, info or debug");
	parse("[Daemon]\nStrategy=slot\n", -EBADE, "x.conf:2: Strategy=slot: expected slots, emulate, stub or spin");
	parse("[Daemon]\nConsistency=all\n", -EBADE, "x.conf:2: Consistency=all: expected task or stop");
	parse("[Daemon\n", -EBADE, "x.conf:1: a section is written [Name]");
	parse("[]\n", -EBADE, "x.conf:1: a section is written [Name]");
	parse("Timeout=1s\n", -EBADE, "x.conf:1: an assignment needs a [Section] above it");
	parse("[Daemon]\nTimeout\n", -EBADE, "x.conf:2: expected Key=Value");
	parse("[Daemon]\n=1\n", -EBADE, "x.conf:2: expected Key=Value");
	/* A continued line counts as its first. */
	parse("[Daemon]\nTimeout=1s \\\n x\nLogLevel=info\n", -EBADE,
	      "x.conf:2: Timeout=1s    x: expected a time span such as 30s, or infinity");
}

static void unknown_is_passed_over(void **state)
{
	(void)state;
	lpd_log_set_level(-1);
	parse("[Daemon]\nColour=blue\nLogLevel=err\n[Other]\nTimeout=soon\n", 0, NULL);
	lpd_log_set_level(LOG_INFO);
}

static void missing_file(void **state)
{
	struct failure failure = { 0 };
	struct config config;

	(void)state;
	config_defaults(&config);
	assert_int_equal(config_load(&config, "/nonexistent/x.conf", &failure), 0);
	assert_int_equal(config_load(&config, "/", &failure), -EBADE);
	failure_clear(&failure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(all),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(unknown_is_passed_over),
		cmocka_unit_test(missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
