/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TIME_UTIL_H
#define LIVEPATCHD_TIME_UTIL_H

#include <stdint.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

/**
 * lpd_parse_timespan - parse a time span as systemd writes it
 * @text: numbers with units ("1min 30s", "1.5s", "200ms"); a number without
 *	one counts seconds; "infinity" is 0, no limit
 * @ret_usec: microseconds
 *
 * Return: 0, -EINVAL if @text is no time span, -ERANGE if it is too long.
 */
int lpd_parse_timespan(const char *text, uint64_t *ret_usec);

/**
 * lpd_format_timespan - write a time span for people
 * @buffer: where to, at least LPD_TIMESPAN_MAX bytes
 * @usec: microseconds
 *
 * Return: @buffer
 */
#define LPD_TIMESPAN_MAX 64
const char *lpd_format_timespan(char buffer[LPD_TIMESPAN_MAX], uint64_t usec);

/** lpd_now_realtime - CLOCK_REALTIME in microseconds */
uint64_t lpd_now_realtime(void);

/** lpd_now_monotonic - CLOCK_MONOTONIC in microseconds */
uint64_t lpd_now_monotonic(void);

#endif
