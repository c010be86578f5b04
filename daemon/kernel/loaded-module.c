// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kernel/build-id.h"
#include "kernel/loaded-module.h"
#include "util/fs.h"

static int read_build_id(const struct klp_root *root, const char *name, char ret[BUILD_ID_HEX_SIZE])
{
	_cleanup_free_ char *path = NULL, *notes = NULL;
	size_t size;
	int r;

	if (asprintf(&path, "%s/module/%s/notes/.note.gnu.build-id", root->sys, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_read_file(path, 64 * 1024, &notes, &size);
	if (r < 0)
		return r;
	return build_id_from_notes(notes, size, ret);
}

int loaded_module_is(const struct klp_root *root, const char *name, const char *build_id, const char *srcversion)
{
	char loaded_build_id[BUILD_ID_HEX_SIZE], loaded_srcversion[SRCVERSION_SIZE];
	_cleanup_free_ char *path = NULL;
	int r;

	if (*build_id) {
		r = read_build_id(root, name, loaded_build_id);
		if (r >= 0)
			return lpd_streq(build_id, loaded_build_id);
		if (r != -ENOENT)
			return r;
	}

	if (!*srcversion)
		return -ENODATA;
	if (asprintf(&path, "%s/module/%s/srcversion", root->sys, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_read_line_at(AT_FDCWD, path, loaded_srcversion, sizeof(loaded_srcversion));
	if (r == -ENOENT)
		return -ENODATA;
	if (r < 0)
		return r;
	return lpd_streq(srcversion, loaded_srcversion);
}
