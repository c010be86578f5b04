// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "model/klp-patch.h"
#include "util/fs.h"
#include "util/log.h"
#include "worker/conf-files.h"

enum { CONF_SIZE_MAX = 1024 * 1024 };

#define SUFFIX ".conf"

/* -ENOENT: there is none. */
static int read_text(const char *path, char **ret, struct failure *failure)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = lpd_read_file(path, CONF_SIZE_MAX, &text, &size);
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r < 0)
		return failure_set(failure, FAILURE_FAILED, "%s: %s", path, strerror(-r));
	if (strlen(text) != size)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT, "%s: it contains a NUL byte", path);
	*ret = TAKE_PTR(text);
	return 0;
}

int config_load(struct config *config, const char *path, config_problem_t problem, void *userdata)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	_cleanup_free_ char *text = NULL;
	int r;

	r = read_text(path, &text, &failure);
	if (r == -ENOENT)
		return 0;
	if (r == -EBADE) {
		problem(failure_message(&failure), userdata);
		return 0;
	}
	return r < 0 ? r : config_parse(config, path, text, problem, userdata);
}

static int read_conf(const char *path, struct patch_conf *conf, struct failure *failure)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = read_text(path, &text, failure);
	if (r == -ENOENT)
		return failure_set(failure, FAILURE_FAILED, "%s: %s", path, strerror(-r));
	return r < 0 ? r : patch_conf_parse(conf, path, text, failure);
}

/* 1: the drop-in was taken; 0: what is wrong with it was logged. */
static int add_conf(struct patch_confs *confs, const char *path, const char *name, bool strict,
		    struct failure *failure)
{
	_cleanup_(failure_clear) struct failure wrong = { 0 };
	_cleanup_(patch_conf_clear) struct patch_conf conf = { 0 };
	struct patch_conf_file *grown;
	char *copy;
	int r;

	r = read_conf(path, &conf, strict ? failure : &wrong);
	if (r == -EBADE && !strict) {
		lpd_log(LOG_WARNING, "Ignoring a drop-in: %s", failure_message(&wrong));
		return 0;
	}
	if (r < 0)
		return r;

	grown = reallocarray(confs->files, confs->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	confs->files = grown;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	confs->files[confs->n++] = (struct patch_conf_file){ .name = copy, .conf = conf };
	conf = (struct patch_conf){ 0 };
	return 1;
}

static int load_entry(struct patch_confs *confs, const char *dir, const char *entry, const char *only,
		      struct failure *failure)
{
	size_t length = strlen(entry);
	_cleanup_free_ char *path = NULL, *name = NULL;
	int r;

	if (entry[0] == '.' || length <= strlen(SUFFIX) || !lpd_streq(entry + length - strlen(SUFFIX), SUFFIX))
		return 0;
	name = strndup(entry, length - strlen(SUFFIX));
	if (!name)
		return -ENOMEM;
	if (asprintf(&path, "%s/%s", dir, entry) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (klp_normalize_name(name) < 0) {
		lpd_log(LOG_WARNING, "Ignoring %s: it is to be named after a patch, NAME" SUFFIX, path);
		return 0;
	}
	if (patch_confs_has(confs, name))
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s: there is another drop-in for %s, with dashes or underscores; remove one.", path,
				   name);
	r = add_conf(confs, path, name, !only || lpd_streq(only, name), failure);
	return r < 0 ? r : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct patch_conf_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int patch_confs_load(const char *dir, const char *only, struct patch_confs *ret, struct failure *failure)
{
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	_cleanup_(closedirp) DIR *d = opendir(dir);
	struct dirent *entry;
	int r;

	if (!d && errno != ENOENT)
		return failure_set(failure, FAILURE_FAILED, "%s: %s", dir, strerror(errno));
	while (d && (entry = readdir(d))) {
		r = load_entry(&confs, dir, entry->d_name, only, failure);
		if (r < 0)
			return r;
	}
	if (confs.n > 0)
		qsort(confs.files, confs.n, sizeof(confs.files[0]), by_name);
	*ret = confs;
	confs = (struct patch_confs){ 0 };
	return 0;
}
