/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PARSE_UTIL_H
#define LIVEPATCHD_PARSE_UTIL_H

#include <stdint.h>

/**
 * lpd_parse_int32 - parse a decimal number, and nothing but it
 * @text: digits, perhaps after a sign
 * @ret: the number
 *
 * Return: 0, -EINVAL if @text is no number, -ERANGE if it is too large.
 */
int lpd_parse_int32(const char *text, int32_t *ret);

/**
 * lpd_parse_uint32 - parse a decimal number without a sign
 * @text: digits
 * @ret: the number
 *
 * Return: 0, -EINVAL if @text is no number, -ERANGE if it is too large.
 */
int lpd_parse_uint32(const char *text, uint32_t *ret);

/**
 * lpd_compare_versions - compare names that may have numbers in them
 * @a: such as fix_9
 * @b: such as fix_10, which comes after it: digits are compared as numbers, all else as bytes
 *
 * Return: as strcmp(); 0 for the same text only.
 */
int lpd_compare_versions(const char *a, const char *b);

#endif
