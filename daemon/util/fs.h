/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FS_H
#define LIVEPATCHD_FS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

#include "util/util.h"

DEFINE_CLEANUP(DIR *, closedir)

/**
 * lpd_read_fd - read a file from its beginning to its end
 * @fd: open file
 * @max: a longer file is refused
 * @ret: its bytes and a NUL, to be freed
 * @ret_size: number of bytes, without the NUL; may be NULL
 *
 * Return: 0, -EFBIG, or what read() said.
 */
int lpd_read_fd(int fd, size_t max, char **ret, size_t *ret_size);

/** lpd_read_file - lpd_read_fd() of the file @path */
int lpd_read_file(const char *path, size_t max, char **ret, size_t *ret_size);

/**
 * lpd_read_line_at - read a file of one short line, without its newline
 * @dir: folder, or AT_FDCWD
 * @path: relative to @dir
 * @line: where to
 * @size: of @line; a longer line is cut
 */
int lpd_read_line_at(int dir, const char *path, char *line, size_t size);

/** lpd_line_t - told of each line, which it may change. Negative: stop */
typedef int (*lpd_line_t)(char *line, void *userdata);

/**
 * lpd_each_line - read a long text of the kernel's line by line
 * @path: the file
 * @told: told of each line, with its newline
 * @userdata: for @told
 *
 * Return: 0, what @told said if that is negative, or a negative errno.
 */
int lpd_each_line(const char *path, lpd_line_t told, void *userdata);

/** lpd_write_all - write all of @data, however often that has to be tried */
int lpd_write_all(int fd, const char *data, size_t size);

/** lpd_write_string - write @text to the existing file @path by one write() */
int lpd_write_string(const char *path, const char *text);

/**
 * lpd_write_atomic - put a file in place, whole or not at all
 * @dir: its folder
 * @name: its name
 * @data: its content
 * @size: of @data
 *
 * A reader, and a machine that lost its power, find the old or the new content.
 */
int lpd_write_atomic(int dir, const char *name, const char *data, size_t size);

/** lpd_make_lasting_folder - make @path in @parent, where it is still when the power fails; it may be there already */
int lpd_make_lasting_folder(const char *parent, const char *path);

/**
 * lpd_open_folder_in - open a folder of a folder
 * @parent: its path
 * @name: the folder's name in it
 * @create: make it, as lpd_make_lasting_folder()
 * @ret: a descriptor, the caller's
 *
 * Return: 0 or -errno; -ENOENT: it is not there.
 */
int lpd_open_folder_in(const char *parent, const char *name, bool create, int *ret);

#endif
