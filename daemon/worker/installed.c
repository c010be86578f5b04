// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "model/klp-patch.h"
#include "util/fs.h"
#include "worker/installed.h"

static const char *const suffixes[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

int installed_folder(const char *state, char **ret)
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

int installed_name_of(const char *entry, char **ret)
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

	r = installed_folder(state, &folder);
	if (r < 0)
		return r;
	r = open_folder(folder, &dir, failure);
	if (r < 0)
		return r;
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *name = NULL, *path = NULL;

		r = installed_name_of(entry->d_name, &name);
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
