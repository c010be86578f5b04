// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "kernel/roots-file.h"

int roots_file_open(const char *path, enum failure_kind irregular, int *ret, struct failure *failure)
{
	/* A pipe or a device must not make us wait. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return failure_set(failure, FAILURE_NO_SUCH_FILE, "There is no file %s.", path);
	if (fd < 0)
		return failure_set(failure, FAILURE_FAILED, "Cannot open %s: %s.", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return failure_set(failure, irregular, "%s is not a regular file.", path);
	if (st.st_uid != 0)
		return failure_set(failure, FAILURE_REFUSED_PATCH,
				   "%s belongs to user %u; only root's files are loaded: chown root it, if you know "
				   "what is in it.",
				   path, st.st_uid);
	if ((st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && st.st_gid != 0))
		return failure_set(failure, FAILURE_REFUSED_PATCH,
				   "%s can be written by others than root; chmod go-w it, if you know what is in it.",
				   path);
	*ret = TAKE_FD(fd);
	return 0;
}
