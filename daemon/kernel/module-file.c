// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <syslog.h>

#include "kernel/build-id.h"
#include "kernel/klp-sysfs.h"
#include "kernel/module-file.h"
#include "kernel/roots-file.h"
#include "model/klp-patch.h"
#include "util/fs.h"
#include "util/hex.h"
#include "util/kmod-util.h"

enum { MODULE_SIZE_MAX = 512 * 1024 * 1024 };

void module_file_close(struct module_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd);
	free(file->data);
	free(file->path);
	free(file->depends);
	*file = MODULE_FILE_NULL;
}

/* The file of the installed module @name. */
static int find_installed(const char *name, char **ret, struct failure *failure)
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	_cleanup_(kmod_module_unrefp) struct kmod_module *module = NULL;
	const char *path;
	int r;

	if (!kmod)
		return -ENOMEM;
	r = kmod_module_new_from_name(kmod, name, &module);
	if (r < 0)
		return r;
	path = kmod_module_get_path(module);
	if (!path)
		return failure_set(failure, FAILURE_NO_SUCH_FILE,
				   "No module %s is installed for the running kernel; give the path of its file.",
				   name);
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}

bool module_file_is_compressed(const struct module_file *file)
{
	static const struct {
		const char *magic;
		size_t length;
	} formats[] = {
		{ "\x1f\x8b", 2 },
		{ "\3757zXZ", 5 },
		{ "\x28\xb5\x2f\xfd", 4 },
	};

	for (size_t i = 0; i < ELEMENTSOF(formats); i++)
		if (file->size >= formats[i].length &&
		    memcmp(file->data, formats[i].magic, formats[i].length) == 0)
			return true;
	return false;
}

static int digest(struct module_file *file, struct failure *failure)
{
	unsigned char sha256[EVP_MAX_MD_SIZE];
	unsigned int length;
	int r;

	r = lpd_read_fd(file->fd, MODULE_SIZE_MAX, &file->data, &file->size);
	if (r == -EFBIG)
		return failure_set(failure, FAILURE_NOT_A_MODULE, "%s is too long for a module.", file->path);
	if (r < 0)
		return failure_set(failure, FAILURE_FAILED, "Cannot read %s: %s.", file->path, strerror(-r));

	if (!EVP_Digest(file->data, file->size, sha256, &length, EVP_sha256(), NULL))
		return -ENOMEM;
	lpd_hex(file->sha256, sha256, length);

	r = build_id_from_elf(file->data, file->size, file->build_id);
	if (r == -EBADMSG && !module_file_is_compressed(file))
		return failure_set(failure, FAILURE_NOT_A_MODULE, "%s is not a kernel module: no ELF object.",
				   file->path);
	return 0;
}

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from);
}

static int check_vermagic(const char *path, const char *vermagic, const char *release,
			  struct failure *failure)
{
	size_t length = strcspn(vermagic, " ");

	if (strlen(release) == length && strncmp(vermagic, release, length) == 0)
		return 0;
	return failure_set(failure, FAILURE_WRONG_KERNEL,
			   "%s was built for kernel %.*s, but %s is running; build it for this one.", path,
			   (int)length, vermagic, release);
}

static int read_modinfo(struct module_file *file, const char *release, struct failure *failure)
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	_cleanup_(kmod_module_unrefp) struct kmod_module *module = NULL;
	_cleanup_(kmod_module_info_free_listp) struct kmod_list *list = NULL;
	const char *name = NULL, *vermagic = NULL, *depends = "";
	char path[sizeof("/proc/self/fd/") + 10];
	struct kmod_list *item;
	bool livepatch = false, helper = false;
	int r;

	if (!kmod)
		return -ENOMEM;
	kmod_set_log_priority(kmod, LOG_CRIT);
	/* The very file that was read. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%i", file->fd);
	r = kmod_module_new_from_path(kmod, path, &module);
	if (r < 0)
		return r;
	r = kmod_module_get_info(module, &list);
	if (r < 0)
		return failure_set(failure, FAILURE_NOT_A_MODULE,
				   "%s is not a kernel module: it has no module information.", file->path);

	kmod_list_foreach(item, list) {
		const char *key = kmod_module_info_get_key(item), *value = kmod_module_info_get_value(item);

		if (lpd_streq(key, "name"))
			name = value;
		else if (lpd_streq(key, "vermagic"))
			vermagic = value;
		else if (lpd_streq(key, "livepatch"))
			livepatch = lpd_streq(value, "Y");
		else if (lpd_streq(key, "livepatch_helper"))
			helper = lpd_streq(value, "Y");
		else if (lpd_streq(key, "srcversion"))
			copy(file->srcversion, sizeof(file->srcversion), value);
		else if (lpd_streq(key, "depends"))
			depends = value;
	}

	if (!vermagic || !name || strlen(name) >= sizeof(file->name))
		return failure_set(failure, FAILURE_NOT_A_MODULE,
				   "%s is not a kernel module: its module information is incomplete.", file->path);
	copy(file->name, sizeof(file->name), name);
	if (klp_normalize_name(file->name) < 0)
		return failure_set(failure, FAILURE_NOT_A_MODULE, "%s: \"%s\" is no module's name.", file->path,
				   name);
	if (!livepatch && !helper)
		return failure_set(failure, FAILURE_NOT_A_LIVEPATCH,
				   "%s is a kernel module, but no livepatch: it lacks MODULE_INFO(livepatch, \"Y\") and, "
				   "for livepatch_helper, LPH_PATCH().",
				   file->path);
	file->helper = !livepatch;
	r = check_vermagic(file->path, vermagic, release, failure);
	if (r < 0)
		return r;
	file->depends = strdup(depends);
	return file->depends ? 0 : -ENOMEM;
}

int module_file_open(const char *patch, const char *release, struct module_file *ret,
		     struct failure *failure)
{
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	int r;

	if (patch[0] == '/') {
		file.path = strdup(patch);
		r = file.path ? 0 : -ENOMEM;
	} else {
		r = find_installed(patch, &file.path, failure);
	}
	if (r < 0)
		return r;

	r = roots_file_open(file.path, FAILURE_NOT_A_MODULE, &file.fd, failure);
	if (r < 0)
		return r;
	r = digest(&file, failure);
	if (r < 0)
		return r;
	r = read_modinfo(&file, release, failure);
	if (r < 0)
		return r;

	*ret = file;
	file = MODULE_FILE_NULL;
	return 0;
}
