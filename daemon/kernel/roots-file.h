/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ROOTS_FILE_H
#define LIVEPATCHD_ROOTS_FILE_H

#include "model/failure.h"

/**
 * roots_file_open - open a file whose content is to go into the kernel
 * @path: absolute
 * @irregular: what it is if it is no regular file
 * @ret: open for reading
 * @failure: why not
 *
 * Root put it there, and nobody else can have had a hand in it.
 *
 * Return: 0, -EBADE, negative errno.
 */
int roots_file_open(const char *path, enum failure_kind irregular, int *ret, struct failure *failure);

#endif
