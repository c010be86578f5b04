// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "util/fs.h"
#include "util/log.h"
#include "worker/installed.h"
#include "worker/survey.h"

static const char *const suffixes[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

static int folder_path(const char *state, char **ret)
{
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return -errno;
	if (asprintf(ret, "%s/patches/%s", state, kernel.release) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* The name of the patch in the file @entry; 0: it is none. */
static int name_of(const char *entry, char **ret)
{
	size_t length = strlen(entry);

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (entry[0] == '.' || length <= suffix || !lpd_streq(entry + length - suffix, suffixes[i]))
			continue;
		*ret = strndup(entry, length - suffix);
		if (!*ret)
			return -ENOMEM;
		return klp_normalize_name(*ret) >= 0;
	}
	return 0;
}

static int open_folder(const char *path, DIR **ret, struct failure *failure)
{
	*ret = opendir(path);
	if (*ret || errno == ENOENT)
		return 0;
	return failure_set(failure, FAILURE_FAILED, "Cannot read %s: %s.", path, strerror(errno));
}

int installed_each(const char *state, installed_each_t each, void *userdata, struct failure *failure)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_free_ char *folder = NULL;
	struct dirent *entry;
	int r;

	r = folder_path(state, &folder);
	if (r < 0)
		return r;
	r = open_folder(folder, &dir, failure);
	if (r < 0)
		return r;
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *name = NULL, *path = NULL;

		r = name_of(entry->d_name, &name);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = each(name, path, userdata);
		if (r < 0)
			return r;
	}
	return 0;
}

struct search {
	const char *name;
	char *path;
};

static int match(const char *name, const char *path, void *userdata)
{
	struct search *search = userdata;

	if (search->path || !lpd_streq(name, search->name))
		return 0;
	search->path = strdup(path);
	return search->path ? 0 : -ENOMEM;
}

int installed_find(const char *state, const char *name, char **ret, struct failure *failure)
{
	struct search search = { .name = name };
	int r;

	r = installed_each(state, match, &search, failure);
	if (r < 0) {
		free(search.path);
		return r;
	}
	*ret = search.path;
	return 0;
}

bool installed_is_file(const char *state, const char *file)
{
	size_t length = strlen(state);

	return file && strncmp(file, state, length) == 0 && file[length] == '/';
}

static int make_folder(const char *state, int *ret)
{
	_cleanup_free_ char *path = NULL, *patches = NULL;
	int r;

	r = folder_path(state, &path);
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

		r = name_of(entry->d_name, &is);
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

int installed_add(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	_cleanup_close_ int folder = -1;
	char entry[NAME_MAX + 1];
	int r;

	(void)result;
	r = survey_open(request, &file, failure);
	if (r < 0)
		return r;
	if (!lpd_streq(file.sha256, request->sha256))
		return failure_set(failure, FAILURE_CONFLICT, "%s has changed since it was loaded; load it again.",
				   request->file);
	if ((size_t)snprintf(entry, sizeof(entry), "%s.ko", request->name) >= sizeof(entry))
		return -ENAMETOOLONG;
	r = make_folder(request->state, &folder);
	if (r >= 0)
		r = lpd_write_atomic(folder, entry, file.data, file.size);
	if (r >= 0)
		r = remove_files(folder, request->name, entry);
	return r < 0 ? cannot("install", request->name, r, failure) : 0;
}

int installed_remove(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_close_ int folder = -1;
	_cleanup_free_ char *path = NULL;
	int r;

	(void)result;
	r = folder_path(request->state, &path);
	if (r < 0)
		return r;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? 0 : cannot("remove the installed", request->name, -errno, failure);
	r = remove_files(folder, request->name, NULL);
	return r < 0 ? cannot("remove the installed", request->name, r, failure) : 0;
}
