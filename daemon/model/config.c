// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/config.h"
#include "model/helper-names.h"
#include "util/ini.h"
#include "util/log.h"
#include "util/time-util.h"

static const char *const on_timeout_names[_ON_TIMEOUT_MAX] = {
	[ON_TIMEOUT_REVERSE] = "reverse",
	[ON_TIMEOUT_KEEP] = "keep",
	[ON_TIMEOUT_FORCE] = "force",
};

static const struct {
	const char *name;
	int level;
} log_levels[] = {
	{ "err", LOG_ERR },
	{ "warning", LOG_WARNING },
	{ "notice", LOG_NOTICE },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
};

const char *on_timeout_name(enum on_timeout on_timeout)
{
	return on_timeout_names[on_timeout];
}

int on_timeout_from_name(const char *name, enum on_timeout *ret)
{
	for (int i = 0; i < _ON_TIMEOUT_MAX; i++)
		if (lpd_streq(on_timeout_names[i], name)) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

void config_defaults(struct config *config)
{
	*config = (struct config){
		.on_timeout = ON_TIMEOUT_REVERSE,
		.strategy = LPH_STRATEGY_SLOTS,
		.consistency = LPH_CONSISTENCY_TASK,
		.trial_usec = 5 * 60 * USEC_PER_SEC,
		.log_level = LOG_INFO,
	};
}

static int parse_log_level(const char *name, int *ret)
{
	for (size_t i = 0; i < ELEMENTSOF(log_levels); i++)
		if (lpd_streq(log_levels[i].name, name)) {
			*ret = log_levels[i].level;
			return 0;
		}
	return -EINVAL;
}

struct parse {
	struct config *config;
	const char *file;
	config_problem_t problem;
	void *userdata;
};

__attribute__((format(printf, 3, 4))) static void tell(const struct parse *parse, unsigned int line,
						       const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *whole = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		text = NULL;
	if (!text || asprintf(&whole, "%s:%u: %s", parse->file, line, text) < 0)
		whole = NULL;
	parse->problem(whole ?: parse->file, parse->userdata);
}

/* Changed only by what is right. */
static int set(struct config *config, const char *key, const char *value, const char **ret_expected)
{
	uint64_t usec;
	int r;

	*ret_expected = NULL;
	if (lpd_streq(key, "Timeout")) {
		*ret_expected = "a time span such as 30s, or infinity";
		return lpd_parse_timespan(value, &config->timeout_usec);
	}
	if (lpd_streq(key, "OnTimeout")) {
		*ret_expected = "reverse, keep or force";
		return on_timeout_from_name(value, &config->on_timeout);
	}
	if (lpd_streq(key, "Strategy")) {
		*ret_expected = "slots, emulate, stub or spin";
		return strategy_from_name(value, &config->strategy);
	}
	if (lpd_streq(key, "Consistency")) {
		*ret_expected = "task or stop";
		return consistency_from_name(value, &config->consistency);
	}
	if (lpd_streq(key, "Trial")) {
		*ret_expected = "a time span such as 5min";
		r = lpd_parse_timespan(value, &usec);
		if (r >= 0 && usec == 0)
			r = -EINVAL;
		if (r >= 0)
			config->trial_usec = usec;
		return r;
	}
	if (lpd_streq(key, "LogLevel")) {
		*ret_expected = "err, warning, notice, info or debug";
		return parse_log_level(value, &config->log_level);
	}
	return -ENOENT;
}

static int assignment(const char *section, const char *key, const char *value, unsigned int line,
		      void *userdata)
{
	const struct parse *parse = userdata;
	const char *expected;
	int r;

	if (!lpd_streq(section, "Daemon")) {
		tell(parse, line, "unknown section [%s]", section);
		return 0;
	}
	r = set(parse->config, key, value, &expected);
	if (r < 0 && expected)
		tell(parse, line, "%s=%s: expected %s", key, value, expected);
	else if (r < 0)
		tell(parse, line, "unknown key %s=", key);
	return 0;
}

static void wrong(unsigned int line, const char *reason, void *userdata)
{
	tell(userdata, line, "%s", reason);
}

int config_parse(struct config *config, const char *file, const char *text, config_problem_t problem, void *userdata)
{
	struct parse parse = { .config = config, .file = file, .problem = problem, .userdata = userdata };
	const char *reason;
	unsigned int line;

	return lpd_ini_parse(text, assignment, wrong, &parse, &line, &reason);
}
