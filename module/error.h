/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ERROR_H
#define LPH_ERROR_H

#include <linux/compiler_attributes.h>
#include <linux/livepatch_helper.h>

/* Why something was refused, in words: the thing, the rule, the way out. */
struct lph_error {
	char text[LPH_MESSAGE_LEN];
};

/* Fills @error and returns @errno, for "return lph_error(...)". */
__printf(3, 4) int lph_error(struct lph_error *error, int errno, const char *fmt, ...);

#endif /* LPH_ERROR_H */
