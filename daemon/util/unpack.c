// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <lzma.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "util/unpack.h"
#include "util/util.h"

/* What xz looks back at may take this much besides; no kernel's modules need half of it. */
#define XZ_DICTIONARY_MAX (128 * 1024 * 1024)

/**
 * struct unpack - what is unpacked
 * @in: all of it
 * @out: as far as it has come; owned
 * @used: bytes of @out
 * @room: bytes that @out has space for
 * @max: what @used may come to
 */
struct unpack {
	const void *in;
	size_t in_size;
	char *out;
	size_t used;
	size_t room;
	size_t max;
};

/* Sees to it that there is space for more. */
static int make_room(struct unpack *u)
{
	size_t room = u->room ? 2 * u->room : 4 * u->in_size + 4096;
	char *grown;

	if (u->used > u->max)
		return -EFBIG;
	if (u->used < u->room)
		return 0;
	/* One more than there may be, to see that there is more. */
	if (room > u->max)
		room = u->max + 1;
	grown = realloc(u->out, room);
	if (!grown)
		return -ENOMEM;
	u->out = grown;
	u->room = room;
	return 0;
}

static int unpack_gzip(struct unpack *u)
{
	z_stream z = { .next_in = (Bytef *)u->in, .avail_in = (uInt)u->in_size };
	int done = Z_OK, r = 0;

	if (u->in_size > UINT32_MAX)
		return -EFBIG;
	/* 16: with gzip's header. */
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	while (done == Z_OK) {
		r = make_room(u);
		if (r < 0)
			break;
		z.next_out = (Bytef *)u->out + u->used;
		z.avail_out = (uInt)(u->room - u->used < UINT32_MAX ? u->room - u->used : UINT32_MAX);
		done = inflate(&z, Z_NO_FLUSH);
		u->used = (size_t)((char *)z.next_out - u->out);
	}
	(void)inflateEnd(&z);
	if (r < 0)
		return r;
	if (done == Z_STREAM_END)
		return z.avail_in ? -EBADMSG : 0;
	return done == Z_BUF_ERROR ? -ENODATA : done == Z_MEM_ERROR ? -ENOMEM :
								      -EBADMSG;
}

static int unpack_xz(struct unpack *u)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret done = LZMA_OK;
	int r = 0;

	if (lzma_stream_decoder(&stream, u->max + XZ_DICTIONARY_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = u->in;
	stream.avail_in = u->in_size;
	while (done == LZMA_OK) {
		r = make_room(u);
		if (r < 0)
			break;
		stream.next_out = (uint8_t *)u->out + u->used;
		stream.avail_out = u->room - u->used;
		done = lzma_code(&stream, LZMA_FINISH);
		u->used = (size_t)((char *)stream.next_out - u->out);
	}
	lzma_end(&stream);
	if (r < 0)
		return r;
	if (done == LZMA_STREAM_END)
		return stream.avail_in ? -EBADMSG : 0;
	return done == LZMA_BUF_ERROR ? -ENODATA : done == LZMA_MEM_ERROR ? -ENOMEM :
									    -EBADMSG;
}

static int unpack_zstd(struct unpack *u)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { u->in, u->in_size, 0 };
	size_t left = 1;
	int r = 0;

	if (!stream)
		return -ENOMEM;
	/* 0: a frame is complete, and all of it is out. */
	while (in.pos < in.size || left > 0) {
		ZSTD_outBuffer out;

		r = make_room(u);
		if (r < 0)
			break;
		out = (ZSTD_outBuffer){ u->out, u->room, u->used };
		left = ZSTD_decompressStream(stream, &out, &in);
		if (ZSTD_isError(left))
			r = -EBADMSG;
		else if (in.pos == in.size && left > 0 && out.pos < out.size)
			r = -ENODATA;
		u->used = out.pos;
		if (r < 0)
			break;
	}
	(void)ZSTD_freeDStream(stream);
	return r;
}

int lpd_unpack(const void *data, size_t size, size_t max, char **ret, size_t *ret_size)
{
	static const struct {
		const char *magic;
		size_t length;
		int (*unpack)(struct unpack *u);
	} formats[] = {
		{ "\x1f\x8b", 2, unpack_gzip },
		{ "\3757zXZ", 5, unpack_xz },
		{ "\x28\xb5\x2f\xfd", 4, unpack_zstd },
	};
	struct unpack u = { .in = data, .in_size = size, .max = max };
	int r;

	for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
		if (size < formats[i].length || memcmp(data, formats[i].magic, formats[i].length) != 0)
			continue;
		r = formats[i].unpack(&u);
		if (r >= 0 && u.used > max)
			r = -EFBIG;
		if (r < 0) {
			free(u.out);
			return r;
		}
		*ret = u.out;
		*ret_size = u.used;
		return 1;
	}
	return 0;
}
