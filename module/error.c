// SPDX-License-Identifier: GPL-2.0-only
/* Why something was refused, in words. */
#include <linux/kernel.h>
#include <linux/stdarg.h>

#include "error.h"

int lph_error(struct lph_error *error, int errno, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return errno;
}
