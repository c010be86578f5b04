// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/config.h"
#include "util/log.h"
#include "wire/codec.h"
#include "worker/conf-files.h"

/* All that was wrong, a line each. */
static char said[1024];

static void problem(const char *text, void *userdata)
{
	(void)userdata;
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s", *said ? "\n" : "", text);
}

static struct config parse(const char *text, const char *problems)
{
	struct config config;

	*said = '\0';
	config_defaults(&config);
	assert_int_equal(config_parse(&config, "x.conf", text, problem, NULL), 0);
	assert_string_equal(said, problems);
	return config;
}

static void defaults(void **state)
{
	struct config config = parse("", "");

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
				     "");

	(void)state;
	assert_int_equal(config.timeout_usec, 90 * 1000000);
	assert_int_equal(config.on_timeout, ON_TIMEOUT_KEEP);
	assert_int_equal(config.strategy, LPH_STRATEGY_STUB);
	assert_int_equal(config.consistency, LPH_CONSISTENCY_STOP);
	assert_int_equal(config.log_level, LOG_DEBUG);
	assert_int_equal(config.trial_usec, 10 * 1000000);
	config = parse("[Daemon]\nOnTimeout=force\n", "");
	assert_int_equal(config.on_timeout, ON_TIMEOUT_FORCE);
	config = parse("[Daemon]\nTimeout=30s\nTimeout=infinity\n", "");
	assert_int_equal(config.timeout_usec, 0);
}

static void errors_name_the_line(void **state)
{
	struct config config;

	(void)state;
	/* The rest of the file holds, and the default in the place of what is wrong. */
	config = parse("[Daemon]\nOnTimeout=keep\n\nTimeout=soon\nLogLevel=err\n",
		       "x.conf:4: Timeout=soon: expected a time span such as 30s, or infinity");
	assert_int_equal(config.on_timeout, ON_TIMEOUT_KEEP);
	assert_int_equal(config.timeout_usec, 0);
	assert_int_equal(config.log_level, LOG_ERR);
	config = parse("[Daemon]\nOnTimeout=never\n", "x.conf:2: OnTimeout=never: expected reverse, keep or force");
	assert_int_equal(config.on_timeout, ON_TIMEOUT_REVERSE);
	config = parse("[Daemon]\nTrial=infinity\n", "x.conf:2: Trial=infinity: expected a time span such as 5min");
	assert_int_equal(config.trial_usec, 5 * 60 * 1000000);
	parse("[Daemon]\nLogLevel=\n", "x.conf:2: LogLevel=: expected err, warning, notice, info or debug");
	parse("[Daemon]\nStrategy=slot\n", "x.conf:2: Strategy=slot: expected slots, emulate, stub or spin");
	parse("[Daemon]\nConsistency=all\n", "x.conf:2: Consistency=all: expected task or stop");
	config = parse("[Daemon\nTimeout=2s\n[Daemon]\nTimeout=1s\n",
		       "x.conf:1: a section is written [Name]\n"
		       "x.conf:2: an assignment needs a [Section] above it");
	assert_int_equal(config.timeout_usec, 1000000);
	parse("[]\n", "x.conf:1: a section is written [Name]");
	parse("[Daemon]\nTimeout\n", "x.conf:2: expected Key=Value");
	parse("[Daemon]\n=1\n", "x.conf:2: expected Key=Value");
	/* A continued line counts as its first. */
	parse("[Daemon]\nTimeout=1s \\\n x\nLogLevel=info\n",
	      "x.conf:2: Timeout=1s    x: expected a time span such as 30s, or infinity");
}

static void unknown_is_told(void **state)
{
	struct config config = parse("[Daemon]\nColour=blue\nLogLevel=err\n[Other]\nTimeout=soon\n",
				     "x.conf:2: unknown key Colour=\n"
				     "x.conf:5: unknown section [Other]");

	(void)state;
	assert_int_equal(config.log_level, LOG_ERR);
}

static void missing_file(void **state)
{
	struct config config;

	(void)state;
	*said = '\0';
	config_defaults(&config);
	assert_int_equal(config_load(&config, "/nonexistent/x.conf", problem, NULL), 0);
	assert_string_equal(said, "");
	assert_int_equal(config_load(&config, "/", problem, NULL), 0);
	assert_string_equal(said, "/: Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(all),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(unknown_is_told),
		cmocka_unit_test(missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
