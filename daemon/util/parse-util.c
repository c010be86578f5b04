// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/parse-util.h"

static int parse(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	const char *digits = text + (min < 0 && (*text == '-' || *text == '+'));
	int64_t n;

	if (!*digits || digits[strspn(digits, "0123456789")])
		return -EINVAL;

	errno = 0;
	n = strtoll(text, NULL, 10);
	if (errno || n < min || n > max)
		return -ERANGE;

	*ret = n;
	return 0;
}

int lpd_parse_int32(const char *text, int32_t *ret)
{
	int64_t n;
	int r;

	r = parse(text, INT32_MIN, INT32_MAX, &n);
	if (r < 0)
		return r;

	*ret = (int32_t)n;
	return 0;
}

int lpd_parse_uint32(const char *text, uint32_t *ret)
{
	int64_t n;
	int r;

	r = parse(text, 0, UINT32_MAX, &n);
	if (r < 0)
		return r;

	*ret = (uint32_t)n;
	return 0;
}

int lpd_compare_versions(const char *a, const char *b)
{
	static const char digits[] = "0123456789";
	const char *x = a, *y = b;

	while (*x && *y) {
		size_t n, m;

		if (!strchr(digits, *x) || !strchr(digits, *y)) {
			if (*x != *y)
				break;
			x++, y++;
			continue;
		}
		x += strspn(x, "0");
		y += strspn(y, "0");
		n = strspn(x, digits);
		m = strspn(y, digits);
		if (n != m)
			return n < m ? -1 : 1;
		if (strncmp(x, y, n) != 0)
			return strncmp(x, y, n);
		x += n;
		y += n;
	}
	return strcmp(x, y) ?: strcmp(a, b);
}
