// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/utsname.h>

#include "model/klp-patch.h"
#include "worker/installed.h"
#include "worker/patch-file.h"

DEFINE_CLEANUP(struct btf *, btf__free)

int patch_file_open(const struct kernel_request *request, struct module_file *ret, struct failure *failure)
{
	_cleanup_free_ char *path = NULL, *name = NULL;
	struct utsname kernel;
	int r;

	if (uname(&kernel) < 0)
		return -errno;
	if (request->file[0] != '/') {
		name = strdup(request->file);
		if (!name)
			return -ENOMEM;
		if (klp_normalize_name(name) >= 0) {
			r = installed_find(request->state, name, &path, failure);
			if (r < 0)
				return r;
		}
	}
	return module_file_open(path ?: request->file, kernel.release, ret, failure);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

bool patch_file_layout(struct btf **ret_btf, struct klp_layout *ret)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;

	(void)libbpf_set_print(quiet);
	btf = btf__load_vmlinux_btf();
	if (!btf || klp_layout_from_btf(btf, ret) < 0)
		return false;
	if (ret_btf)
		*ret_btf = TAKE_PTR(btf);
	return true;
}

int patch_file_content(const struct module_file *file, const struct klp_layout *layout, struct patch_content *ret)
{
	int r = 0;

	if (file->helper)
		layout = &klp_layout_of_helper;
	if (layout)
		r = klp_file_read(file->data, file->size, layout, ret);
	return r == -ENOMEM ? r : 0;
}
