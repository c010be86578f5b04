// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "util/time-util.h"
#include "util/util.h"

static const struct {
	const char *name;
	uint64_t usec;
} units[] = {
	{ "", USEC_PER_SEC },
	{ "us", 1 },
	{ "usec", 1 },
	{ "ms", USEC_PER_MSEC },
	{ "msec", USEC_PER_MSEC },
	{ "s", USEC_PER_SEC },
	{ "sec", USEC_PER_SEC },
	{ "second", USEC_PER_SEC },
	{ "seconds", USEC_PER_SEC },
	{ "m", 60 * USEC_PER_SEC },
	{ "min", 60 * USEC_PER_SEC },
	{ "minute", 60 * USEC_PER_SEC },
	{ "minutes", 60 * USEC_PER_SEC },
	{ "h", 3600 * USEC_PER_SEC },
	{ "hr", 3600 * USEC_PER_SEC },
	{ "hour", 3600 * USEC_PER_SEC },
	{ "hours", 3600 * USEC_PER_SEC },
	{ "d", 86400 * USEC_PER_SEC },
	{ "day", 86400 * USEC_PER_SEC },
	{ "days", 86400 * USEC_PER_SEC },
};

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* Digits, and a fraction that is cut off after six digits: no unit needs more. */
static int parse_number(const char **p, uint64_t *ret_whole, uint64_t *ret_millionths)
{
	uint64_t whole = 0, millionths = 0, weight = 100000;
	const char *c = *p;
	bool any = false;

	for (; isdigit((unsigned char)*c); c++, any = true)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*c - '0'), &whole))
			return -ERANGE;
	if (*c == '.')
		for (c++; isdigit((unsigned char)*c); c++, any = true) {
			millionths += (uint64_t)(*c - '0') * weight;
			weight /= 10;
		}
	if (!any)
		return -EINVAL;

	*p = c;
	*ret_whole = whole;
	*ret_millionths = millionths;
	return 0;
}

static int parse_unit(const char **p, uint64_t *ret_usec)
{
	size_t length = 0;

	while (isalpha((unsigned char)(*p)[length]))
		length++;
	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (strlen(units[i].name) == length && strncmp(units[i].name, *p, length) == 0) {
			*p += length;
			*ret_usec = units[i].usec;
			return 0;
		}
	return -EINVAL;
}

int lpd_parse_timespan(const char *text, uint64_t *ret_usec)
{
	const char *p = skip_space(text);
	uint64_t sum = 0;

	if (!*p)
		return -EINVAL;
	if (lpd_streq(p, "infinity")) {
		*ret_usec = 0;
		return 0;
	}

	while (*p) {
		uint64_t whole, millionths, unit, usec;
		int r;

		r = parse_number(&p, &whole, &millionths);
		if (r < 0)
			return r;
		p = skip_space(p);
		r = parse_unit(&p, &unit);
		if (r < 0)
			return r;
		if (__builtin_mul_overflow(whole, unit, &usec) ||
		    __builtin_add_overflow(usec, millionths * unit / 1000000, &usec) ||
		    __builtin_add_overflow(sum, usec, &sum))
			return -ERANGE;
		p = skip_space(p);
	}

	*ret_usec = sum;
	return 0;
}

const char *lpd_format_timespan(char buffer[LPD_TIMESPAN_MAX], uint64_t usec)
{
	uint64_t seconds = usec / USEC_PER_SEC;

	if (seconds == 0)
		(void)snprintf(buffer, LPD_TIMESPAN_MAX, "%" PRIu64 "ms", usec / USEC_PER_MSEC);
	else if (seconds < 60 && usec % USEC_PER_SEC >= USEC_PER_MSEC)
		(void)snprintf(buffer, LPD_TIMESPAN_MAX, "%" PRIu64 ".%03" PRIu64 "s", seconds,
			       usec % USEC_PER_SEC / USEC_PER_MSEC);
	else if (seconds < 60)
		(void)snprintf(buffer, LPD_TIMESPAN_MAX, "%" PRIu64 "s", seconds);
	else
		(void)snprintf(buffer, LPD_TIMESPAN_MAX, "%" PRIu64 "min %" PRIu64 "s", seconds / 60,
			       seconds % 60);
	return buffer;
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / NSEC_PER_USEC;
}

uint64_t lpd_now_realtime(void)
{
	return now(CLOCK_REALTIME);
}

uint64_t lpd_now_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}
