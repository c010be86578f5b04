// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "util/unpack.h"

enum { SIZE = 300 * 1000,
       PACKED_MAX = 400 * 1000 };

static char original[SIZE];
static unsigned char packed[PACKED_MAX];

static size_t pack_gzip(void)
{
	z_stream z = { .next_in = (Bytef *)original, .avail_in = SIZE, .next_out = packed, .avail_out = PACKED_MAX };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return z.total_out;
}

static size_t pack_xz(void)
{
	size_t used = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (uint8_t *)original, SIZE, packed, &used,
						 PACKED_MAX),
			 LZMA_OK);
	return used;
}

static size_t pack_zstd(void)
{
	size_t used = ZSTD_compress(packed, PACKED_MAX, original, SIZE, 3);

	assert_false(ZSTD_isError(used));
	return used;
}

static size_t (*const formats[])(void) = { pack_gzip, pack_xz, pack_zstd };

static void each_format(void **state)
{
	(void)state;
	/* Of some that can be packed well, and some that cannot. */
	for (size_t i = SIZE / 2; i < SIZE; i++)
		original[i] = (char)random();
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size_t n = formats[i](), size;
		char *data;

		assert_int_equal(lpd_unpack(packed, n, SIZE, &data, &size), 1);
		assert_int_equal(size, SIZE);
		assert_memory_equal(data, original, SIZE);
		free(data);
		assert_int_equal(lpd_unpack(packed, n, SIZE - 1, &data, &size), -EFBIG);
		/* Nowhere may it end before its end. */
		for (size_t cut = 16; cut < n; cut += n / 50)
			assert_int_equal(lpd_unpack(packed, cut, SIZE, &data, &size), -ENODATA);
		assert_int_equal(lpd_unpack(packed, n - 1, SIZE, &data, &size), -ENODATA);
		for (size_t at = 8; at < n; at += n / 50) {
			int r;

			packed[at] ^= 0xff;
			r = lpd_unpack(packed, n, SIZE, &data, &size);
			if (r > 0)
				free(data);
			else
				assert_true(r == -EBADMSG || r == -ENODATA || r == -EFBIG || r == -ENOMEM);
			packed[at] ^= 0xff;
		}
	}
}

static void a_bomb(void **state)
{
	size_t n, size;
	char *data;

	(void)state;
	memset(original, 0, SIZE);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		n = formats[i]();
		assert_int_equal(lpd_unpack(packed, n, 100000, &data, &size), -EFBIG);
	}
}

static void not_compressed(void **state)
{
	size_t size;
	char *data;

	(void)state;
	assert_int_equal(lpd_unpack("\177ELF", 4, SIZE, &data, &size), 0);
	assert_int_equal(lpd_unpack("", 0, SIZE, &data, &size), 0);
	assert_int_equal(lpd_unpack("\x1f", 1, SIZE, &data, &size), 0);
	assert_int_equal(lpd_unpack("\x1f\x8b", 2, SIZE, &data, &size), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format),
		cmocka_unit_test(a_bomb),
		cmocka_unit_test(not_compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
