// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "util/fs.h"

int lpd_read_fd(int fd, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (size == room) {
			size_t more = room ? room * 2 : 4096;
			char *grown = realloc(data, more + 1);

			if (!grown)
				return -ENOMEM;
			data = grown;
			room = more;
		}
		n = pread(fd, data + size, room - size, (off_t)size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > max)
			return -EFBIG;
	}

	data[size] = '\0';
	*ret = TAKE_PTR(data);
	if (ret_size)
		*ret_size = size;
	return 0;
}

int lpd_read_file(const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return lpd_read_fd(fd, max, ret, ret_size);
}

int lpd_read_line_at(int dir, const char *path, char *line, size_t size)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, line, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

/*
 * The kernel tells at most a page of it at a time. Its files claim blocks of a
 * quarter of that, which stdio would take for the size of its buffer.
 */
static FILE *open_lines(const char *path)
{
	FILE *file = fopen(path, "re");

	if (file)
		(void)setvbuf(file, NULL, _IOFBF, (size_t)sysconf(_SC_PAGESIZE));
	return file;
}

int lpd_each_line(const char *path, lpd_line_t told, void *userdata)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = open_lines(path);
	size_t size = 0;
	int r = 0;

	if (!file)
		return -errno;
	errno = 0;
	while (r >= 0 && getline(&line, &size, file) >= 0)
		r = told(line, userdata);
	if (r >= 0 && ferror(file))
		r = -errno;
	(void)fclose(file);
	return r < 0 ? r : 0;
}

int lpd_write_string(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_TRUNC);
	size_t length = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, text, length);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

int lpd_write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int lpd_write_atomic(int dir, const char *name, const char *data, size_t size)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	/* A dot in front: readers of the folder skip what a crash left behind. */
	if (asprintf(&temporary, ".%s.tmp", name) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}

	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = lpd_write_all(fd, data, size);
	if (r < 0)
		goto undo;
	if (fsync(fd) < 0) {
		r = -errno;
		goto undo;
	}
	if (renameat(dir, temporary, dir, name) < 0) {
		r = -errno;
		goto undo;
	}
	if (fsync(dir) < 0)
		return -errno;
	return 0;

undo:
	(void)unlinkat(dir, temporary, 0);
	return r;
}

int lpd_make_lasting_folder(const char *parent, const char *path)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

int lpd_open_folder_in(const char *parent, const char *name, bool create, int *ret)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", parent, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = create ? lpd_make_lasting_folder(parent, path) : 0;
	if (r < 0)
		return r;
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}
