/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HEX_H
#define LIVEPATCHD_HEX_H

#include <stddef.h>
#include <stdint.h>

/** lpd_hex - write bytes as lower-case hex digits and a NUL to @text, 2 * @size + 1 bytes */
static inline void lpd_hex(char *text, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

#endif
