// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "util/fs.h"
#include "worker/install.h"
#include "worker/installed.h"
#include "worker/kernel-request.h"
#include "worker/patch-file.h"

static int make_folder(const char *state, int *ret)
{
	_cleanup_free_ char *path = NULL, *patches = NULL;
	int r;

	r = installed_folder(state, &path);
	if (r < 0)
		return r;
	patches = strndup(path, (size_t)(strrchr(path, '/') - path));
	if (!patches)
		return -ENOMEM;
	r = lpd_make_lasting_folder(state, patches);
	if (r < 0)
		return r;
	r = lpd_make_lasting_folder(patches, path);
	if (r < 0)
		return r;
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

/* Removes the files of the patch @name but the one that is called @keep. */
static int remove_files(int folder, const char *name, const char *keep)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int fd = dup(folder), r;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	rewinddir(dir);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *is = NULL;

		r = installed_name_of(entry->d_name, &is);
		if (r < 0)
			return r;
		if (r == 0 || !lpd_streq(is, name) || (keep && lpd_streq(entry->d_name, keep)))
			continue;
		if (unlinkat(folder, entry->d_name, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return fsync(folder) < 0 ? -errno : 0;
}

static int cannot(const char *what, const char *name, int r, struct failure *failure)
{
	return failure_set(failure, FAILURE_FAILED, "Cannot %s %s: %s.", what, name, strerror(-r));
}

int install_patch(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	_cleanup_close_ int folder = -1;
	char entry[NAME_MAX + 1];
	int r;

	(void)result;
	r = patch_file_open(request, &file, failure);
	if (r < 0)
		return r;
	if (!lpd_streq(file.sha256, request->sha256))
		return failure_set(failure, FAILURE_CONFLICT, "%s has changed since it was loaded; load it again.",
				   request->file);
	if ((size_t)snprintf(entry, sizeof(entry), "%s.ko", request->name) >= sizeof(entry))
		return -ENAMETOOLONG;
	r = make_folder(request->state, &folder);
	if (r >= 0)
		r = lpd_write_atomic(folder, entry, file.packed ?: file.data,
				     file.packed ? file.packed_size : file.size);
	if (r >= 0)
		r = remove_files(folder, request->name, entry);
	return r < 0 ? cannot("install", request->name, r, failure) : 0;
}

int uninstall_patch(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_close_ int folder = -1;
	_cleanup_free_ char *path = NULL;
	int r;

	(void)result;
	r = installed_folder(request->state, &path);
	if (r < 0)
		return r;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? 0 : cannot("remove the installed", request->name, -errno, failure);
	r = remove_files(folder, request->name, NULL);
	return r < 0 ? cannot("remove the installed", request->name, r, failure) : 0;
}
