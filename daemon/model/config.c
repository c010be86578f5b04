// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

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
	struct config config;
	const char *file;
	struct failure *failure;
};

static int assignment(const char *section, const char *key, const char *value, unsigned int line,
		      void *userdata)
{
	struct parse *parse = userdata;
	const char *expected;
	int r;

	if (!lpd_streq(section, "Daemon")) {
		lpd_log(LOG_WARNING, "%s:%u: unknown section [%s], ignored", parse->file, line, section);
		return 0;
	}

	if (lpd_streq(key, "Timeout")) {
		r = lpd_parse_timespan(value, &parse->config.timeout_usec);
		expected = "a time span such as 30s, or infinity";
	} else if (lpd_streq(key, "OnTimeout")) {
		r = on_timeout_from_name(value, &parse->config.on_timeout);
		expected = "reverse, keep or force";
	} else if (lpd_streq(key, "Strategy")) {
		r = strategy_from_name(value, &parse->config.strategy);
		expected = "slots, emulate, stub or spin";
	} else if (lpd_streq(key, "Consistency")) {
		r = consistency_from_name(value, &parse->config.consistency);
		expected = "task or stop";
	} else if (lpd_streq(key, "Trial")) {
		r = lpd_parse_timespan(value, &parse->config.trial_usec);
		if (r >= 0 && parse->config.trial_usec == 0)
			r = -EINVAL;
		expected = "a time span such as 5min";
	} else if (lpd_streq(key, "LogLevel")) {
		r = parse_log_level(value, &parse->config.log_level);
		expected = "err, warning, notice, info or debug";
	} else {
		lpd_log(LOG_WARNING, "%s:%u: unknown key %s=, ignored", parse->file, line, key);
		return 0;
	}

	if (r < 0)
		return failure_set(parse->failure, FAILURE_INVALID_ARGUMENT, "%s:%u: %s=%s: expected %s",
				   parse->file, line, key, value, expected);
	return 0;
}

int config_parse(struct config *config, const char *file, const char *text, struct failure *failure)
{
	struct parse parse = { .config = *config, .file = file, .failure = failure };
	const char *reason;
	unsigned int line;
	int r;

	r = lpd_ini_parse(text, assignment, &parse, &line, &reason);
	if (r == -EBADMSG)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT, "%s:%u: %s", file, line, reason);
	if (r < 0)
		return r;

	*config = parse.config;
	return 0;
}
