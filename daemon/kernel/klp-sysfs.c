// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "util/fs.h"

enum { MODULES_SIZE_MAX = 16 * 1024 * 1024 };

static int open_dir_at(int dir, const char *path, DIR **ret)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	*ret = d;
	return 0;
}

static int open_patches(const struct klp_root *root, DIR **ret)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/kernel/livepatch", root->sys) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return open_dir_at(AT_FDCWD, path, ret);
}

/* The next folder in @dir, NULL: that was the last. */
static const char *next_folder(DIR *dir)
{
	struct dirent *entry;
	struct stat st;

	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISDIR(st.st_mode))
			return entry->d_name;
	return NULL;
}

static int read_number(int dir, const char *folder, const char *attribute, unsigned int *ret)
{
	char path[2 * NAME_MAX], line[32], *end;
	unsigned long n;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, attribute) >= sizeof(path))
		return -ENAMETOOLONG;
	r = lpd_read_line_at(dir, path, line, sizeof(line));
	if (r < 0)
		return r;
	errno = 0;
	n = strtoul(line, &end, 10);
	if (errno || end == line || *end || n > UINT32_MAX)
		return -EBADMSG;
	*ret = (unsigned int)n;
	return 0;
}

/* 0: not there (any more), 1: read. */
static int read_registered(int patches, const char *name, struct klp_status *status)
{
	unsigned int enabled, transition;
	int r;

	r = read_number(patches, name, "transition", &transition);
	if (r >= 0)
		r = read_number(patches, name, "enabled", &enabled);
	/* ENODEV: sysfs takes the attribute away while it is read. */
	if (r == -ENOENT || r == -ENODEV)
		return 0;
	if (r < 0)
		return r;

	status->registered = true;
	status->enabled = enabled;
	status->transition = transition;
	return 1;
}

static int read_module(const struct klp_root *root, const char *name, enum klp_module *ret)
{
	_cleanup_free_ char *path = NULL;
	char state[16];
	int r;

	if (asprintf(&path, "%s/module/%s/initstate", root->sys, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_read_line_at(AT_FDCWD, path, state, sizeof(state));
	if (r == -ENOENT || r == -ENODEV) {
		*ret = KLP_MODULE_ABSENT;
		return 0;
	}
	if (r < 0)
		return r;

	if (lpd_streq(state, "live"))
		*ret = KLP_MODULE_LIVE;
	else if (lpd_streq(state, "coming"))
		*ret = KLP_MODULE_LOADING;
	else if (lpd_streq(state, "going"))
		*ret = KLP_MODULE_UNLOADING;
	else
		return -EBADMSG;
	return 0;
}

int klp_read_status(const struct klp_root *root, const char *name, struct klp_status *ret)
{
	_cleanup_(closedirp) DIR *patches = NULL;
	struct klp_status status = { 0 };
	int r;

	r = open_patches(root, &patches);
	if (r < 0 && r != -ENOENT)
		return r;
	if (patches) {
		r = read_registered(dirfd(patches), name, &status);
		if (r < 0)
			return r;
	}
	r = read_module(root, name, &status.module);
	if (r < 0)
		return r;

	*ret = status;
	return 0;
}

int klp_transition_of_other(const struct klp_root *root, const char *name, char **ret_other)
{
	_cleanup_(closedirp) DIR *patches = NULL;
	const char *other;
	int r;

	r = open_patches(root, &patches);
	if (r < 0 && r != -ENOENT)
		return r;

	while (patches && (other = next_folder(patches))) {
		struct klp_status status = { 0 };

		if (name && lpd_streq(name, other))
			continue;
		r = read_registered(dirfd(patches), other, &status);
		if (r < 0)
			return r;
		if (!status.transition)
			continue;
		if (ret_other) {
			*ret_other = strdup(other);
			if (!*ret_other)
				return -ENOMEM;
		}
		return 1;
	}

	if (ret_other)
		*ret_other = NULL;
	return 0;
}

/* @folder is "symbol,sympos". */
static int add_function(struct klp_patch *patch, const char *module, const char *folder, bool patched)
{
	const char *comma = strrchr(folder, ',');
	struct klp_function *grown, *function;
	unsigned long sympos;
	char *end;

	if (!comma)
		return 0;
	errno = 0;
	sympos = strtoul(comma + 1, &end, 10);
	if (errno || end == comma + 1 || *end || sympos > UINT32_MAX)
		return 0;

	grown = reallocarray(patch->functions, patch->n_functions + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	patch->functions = grown;
	function = grown + patch->n_functions;
	*function = (struct klp_function){
		.symbol = strndup(folder, (size_t)(comma - folder)),
		.module = strdup(module),
		.sympos = (uint32_t)sympos,
		.patched = patched,
	};
	patch->n_functions++;
	return function->symbol && function->module ? 0 : -ENOMEM;
}

static int read_object(int patch_dir, const char *module, struct klp_patch *patch)
{
	_cleanup_(closedirp) DIR *object = NULL;
	unsigned int patched;
	const char *folder;
	int r;

	r = open_dir_at(patch_dir, module, &object);
	if (r < 0)
		return r;
	r = read_number(patch_dir, module, "patched", &patched);
	if (r == -ENOENT)
		patched = patch->status.enabled;
	else if (r < 0)
		return r;

	while ((folder = next_folder(object))) {
		r = add_function(patch, module, folder, patched);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_functions(int patches, struct klp_patch *patch)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	const char *module;
	int r;

	r = open_dir_at(patches, patch->name, &dir);
	if (r < 0)
		return r;
	while ((module = next_folder(dir))) {
		r = read_object(dirfd(dir), module, patch);
		if (r < 0)
			return r;
	}
	if (patch->n_functions > 0)
		qsort(patch->functions, patch->n_functions, sizeof(patch->functions[0]), klp_compare_functions);
	return 0;
}

static struct klp_patch *find(struct klp_snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->n_patches; i++)
		if (lpd_streq(snapshot->patches[i].name, name))
			return snapshot->patches + i;
	return NULL;
}

static int add_patch(struct klp_snapshot *snapshot, const char *name, struct klp_patch **ret)
{
	struct klp_patch *grown, *patch;
	char *copy;

	grown = reallocarray(snapshot->patches, snapshot->n_patches + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snapshot->patches = grown;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	patch = grown + snapshot->n_patches++;
	*patch = (struct klp_patch){ .name = copy };
	*ret = patch;
	return 0;
}

int klp_parse_modules_line(char *line, const char **ret_name, enum klp_module *ret_module)
{
	/* name size references users state address [(taints)] */
	char *fields[7] = { 0 }, *save = NULL, *field = strtok_r(line, " \t\n", &save);
	size_t n = 0;

	for (; field && n < ELEMENTSOF(fields); field = strtok_r(NULL, " \t\n", &save))
		fields[n++] = field;
	if (n < 6)
		return -EBADMSG;

	*ret_name = fields[0];
	if (lpd_streq(fields[4], "Loading"))
		*ret_module = KLP_MODULE_LOADING;
	else if (lpd_streq(fields[4], "Unloading"))
		*ret_module = KLP_MODULE_UNLOADING;
	else
		*ret_module = KLP_MODULE_LIVE;

	/* K: the kernel took the module for a livepatch. */
	return fields[6] && fields[6][0] == '(' && strchr(fields[6], 'K');
}

/* The kernel lists modules latest first. */
static int read_modules(const struct klp_root *root, struct klp_snapshot *snapshot)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	char *line, *save = NULL;
	unsigned int n = 0;
	int r;

	if (asprintf(&path, "%s/modules", root->proc) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_read_file(path, MODULES_SIZE_MAX, &text, NULL);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		enum klp_module module;
		struct klp_patch *patch;
		const char *name;

		n++;
		r = klp_parse_modules_line(line, &name, &module);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		r = add_patch(snapshot, name, &patch);
		if (r < 0)
			return r;
		patch->status.module = module;
		patch->position = UINT32_MAX - n;
	}
	return 0;
}

static int read_patch(int patches, const char *name, struct klp_snapshot *snapshot)
{
	struct klp_patch *patch = find(snapshot, name);
	unsigned int replace;
	int r;

	if (!patch) {
		r = add_patch(snapshot, name, &patch);
		if (r < 0)
			return r;
		patch->status.module = KLP_MODULE_LIVE;
		patch->position = UINT32_MAX;
	}
	r = read_registered(patches, name, &patch->status);
	if (r <= 0)
		return r;
	if (read_number(patches, name, "stack_order", &patch->stack_order) < 0)
		patch->stack_order = 0;
	if (read_number(patches, name, "replace", &replace) >= 0)
		patch->replace = replace ? KLP_REPLACE_YES : KLP_REPLACE_NO;
	r = read_functions(patches, patch);
	/* Gone while it was read: so is what it replaced. */
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int klp_read_snapshot(const struct klp_root *root, struct klp_snapshot *ret)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	_cleanup_(closedirp) DIR *patches = NULL;
	const char *name;
	int r;

	r = read_modules(root, &snapshot);
	if (r < 0)
		return r;
	r = open_patches(root, &patches);
	if (r < 0 && r != -ENOENT)
		return r;
	while (patches && (name = next_folder(patches))) {
		r = read_patch(dirfd(patches), name, &snapshot);
		if (r < 0)
			return r;
	}

	klp_sort(snapshot.patches, snapshot.n_patches);
	*ret = snapshot;
	snapshot = (struct klp_snapshot){ 0 };
	return 0;
}
