/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_UNPACK_H
#define LIVEPATCHD_UNPACK_H

#include <stddef.h>

/**
 * lpd_unpack - decompress a file's content
 * @data: gzip, xz or zstd, as its first bytes tell; anything else is not compressed
 * @size: of @data
 * @max: what it may come to
 * @ret: its bytes, to be freed
 * @ret_size: how many
 *
 * Return: 1, 0 if it is not compressed, -ENODATA if it is cut short, -EBADMSG if it is damaged, -EFBIG, -ENOMEM.
 */
int lpd_unpack(const void *data, size_t size, size_t max, char **ret, size_t *ret_size);

#endif
