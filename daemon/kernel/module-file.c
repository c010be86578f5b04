// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>

#include "kernel/build-id.h"
#include "kernel/module-file.h"
#include "kernel/roots-file.h"
#include "model/klp-patch.h"
#include "util/elf-object.h"
#include "util/fs.h"
#include "util/hex.h"
#include "util/kmod-util.h"
#include "util/unpack.h"

enum { MODULE_SIZE_MAX = 512 * 1024 * 1024 };

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

void module_file_close(struct module_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd);
	free(file->data);
	free(file->packed);
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

/* A module that is only in memory, as a file that nobody can write to. */
static int open_memory(const void *data, size_t size, int *ret)
{
	char path[sizeof("/proc/self/fd/") + 10];
	_cleanup_close_ int fd = memfd_create("module", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	int r;

	/* An older kernel wants to hear nothing of execution. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("module", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = lpd_write_all(fd, data, size);
	if (r < 0)
		return r;
	/* The kernel loads no file that is open for writing. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%i", fd);
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

static int unpack(struct module_file *file, struct failure *failure)
{
	char *data;
	size_t size;
	int fd = -1, r;

	r = lpd_unpack(file->data, file->size, MODULE_SIZE_MAX, &data, &size);
	if (r == 0 || r == -ENOMEM)
		return r;
	if (r < 0)
		return failure_set(failure, FAILURE_NOT_A_MODULE, "%s is compressed, and %s.", file->path,
				   r == -ENODATA ? "cut short" :
				   r == -EFBIG	 ? "too long for a module" :
						   "damaged");
	file->packed = file->data;
	file->packed_size = file->size;
	file->data = data;
	file->size = size;
	r = open_memory(data, size, &fd);
	if (r < 0)
		return failure_set(failure, FAILURE_FAILED, "Cannot unpack %s: %s.", file->path, strerror(-r));
	(void)close(file->fd);
	file->fd = fd;
	return 0;
}

static int read_content(struct module_file *file, struct failure *failure)
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

	r = unpack(file, failure);
	if (r < 0)
		return r;
	if (build_id_from_elf(file->data, file->size, file->build_id) == -EBADMSG)
		return failure_set(failure, FAILURE_NOT_A_MODULE, "%s is not a kernel module: %s.", file->path,
				   file->size >= SELFMAG && memcmp(file->data, ELFMAG, SELFMAG) == 0 ?
					   "it is an ELF object that is cut short, or of another machine" :
					   "no ELF object");
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

static const char *value_of(const char *info, const char *key)
{
	size_t length = strlen(key);

	return strncmp(info, key, length) == 0 && info[length] == '=' ? info + length + 1 : NULL;
}

static int read_info(struct module_file *file, const char *release, struct failure *failure)
{
	_cleanup_(elf_object_clear) struct elf_object object = { 0 };
	const char *name = NULL, *vermagic = NULL, *depends = "", *info = NULL;
	bool livepatch = false, helper = false;
	size_t section, size = 0;
	int r;

	r = elf_object_open(file->data, file->size, &object);
	if (r == -ENOMEM)
		return r;
	if (r >= 0) {
		section = elf_object_section(&object, ".modinfo");
		size = elf_object_size(&object, section);
		info = elf_object_bytes(&object, (struct place){ section, 0 }, size);
	}
	if (!info || size == 0 || info[size - 1])
		return failure_set(failure, FAILURE_NOT_A_MODULE,
				   "%s is not a kernel module: it has no module information.", file->path);

	/* "key=value", each with a NUL behind it. */
	for (const char *end = info + size; info < end; info += strlen(info) + 1) {
		const char *value;

		if ((value = value_of(info, "name")))
			name = value;
		else if ((value = value_of(info, "vermagic")))
			vermagic = value;
		else if ((value = value_of(info, "livepatch")))
			livepatch = lpd_streq(value, "Y");
		else if ((value = value_of(info, "livepatch_helper")))
			helper = lpd_streq(value, "Y");
		else if ((value = value_of(info, "srcversion")))
			copy(file->srcversion, sizeof(file->srcversion), value);
		else if ((value = value_of(info, "depends")))
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
	r = read_content(&file, failure);
	if (r < 0)
		return r;
	r = read_info(&file, release, failure);
	if (r < 0)
		return r;

	*ret = file;
	file = MODULE_FILE_NULL;
	return 0;
}
