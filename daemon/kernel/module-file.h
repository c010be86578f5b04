/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MODULE_FILE_H
#define LIVEPATCHD_MODULE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/failure.h"
#include "model/module-id.h"

/**
 * struct module_file - a module's file, as it is when it is looked at
 * @fd: of the module, open for reading; owned
 * @data: the module, unpacked where its file is compressed; owned
 * @size: of @data
 * @packed: the compressed file's content; owned, NULL: it is not compressed
 * @packed_size: of @packed
 * @path: where it is; owned
 * @name: the module's name
 * @sha256: of the file, hex
 * @build_id: hex, "" where the module has none
 * @srcversion: "" where the module has none
 * @helper: a patch of the helper, not a livepatch of the kernel's
 * @depends: modules it needs, separated by commas; owned
 */
struct module_file {
	int fd;
	char *data;
	size_t size;
	char *packed;
	size_t packed_size;
	char *path;
	char name[MODULE_NAME_SIZE];
	char sha256[SHA256_HEX_SIZE];
	char build_id[BUILD_ID_HEX_SIZE];
	char srcversion[SRCVERSION_SIZE];
	bool helper;
	char *depends;
};

#define MODULE_FILE_NULL ((struct module_file){ .fd = -1 })

/**
 * module_file_open - open a patch's file and check that it is one
 * @patch: absolute path, or the name of an installed module
 * @release: the running kernel's
 * @ret: the file
 * @failure: why not
 *
 * May block as long as the file's filesystem does.
 *
 * Return: 0, -EBADE, negative errno.
 */
int module_file_open(const char *patch, const char *release, struct module_file *ret,
		     struct failure *failure);

/** module_file_close - close and free */
void module_file_close(struct module_file *file);

#endif
