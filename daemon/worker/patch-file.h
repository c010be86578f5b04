/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_FILE_H
#define LIVEPATCHD_PATCH_FILE_H

#include "kernel/klp-file.h"
#include "kernel/module-file.h"
#include "model/patch-conf.h"
#include "worker/kernel-request.h"

/*
 * A patch's file, as a request names it, and what it patches. What a livepatch
 * makes of itself when it is loaded is seen only then: it is remembered in
 * STATE/contents, by the file's checksum.
 */

/**
 * patch_file_open - open the file that a request names
 * @request: an absolute path, an installed patch's name, or an installed module's
 * @ret: the file
 * @failure: why not
 */
int patch_file_open(const struct kernel_request *request, struct module_file *ret, struct failure *failure);

/**
 * patch_file_open_declared - the same, and read what is declared of it and of all others
 * @request: likewise
 * @ret: the file; closed on failure, too, by the caller
 * @ret_confs: the drop-ins
 * @failure: why not; what is wrong with another one's drop-in is no failure
 */
int patch_file_open_declared(const struct kernel_request *request, struct module_file *ret,
			     struct patch_confs *ret_confs, struct failure *failure);

/**
 * patch_file_layout - the running kernel's livepatch structures
 * @ret_btf: the kernel's BTF, to be freed; may be NULL
 * @ret: as it tells
 *
 * Return: false: it does not tell.
 */
bool patch_file_layout(struct btf **ret_btf, struct klp_layout *ret);

/**
 * patch_file_content - what a patch's file says it patches, or what was seen when such a file was loaded
 * @state: folder of what outlives the boot
 * @file: a livepatch's or the helper's
 * @layout: of livepatches, NULL: the kernel does not tell
 * @ret: not known where neither tells
 */
int patch_file_content(const char *state, const struct module_file *file, const struct klp_layout *layout,
		       struct patch_content *ret);

/**
 * patch_file_remember - remember what was seen of a loaded livepatch
 * @state: folder of what outlives the boot
 * @sha256: of the file that it was loaded from
 * @content: what was seen; what is not known of it, and was, stays known
 */
int patch_file_remember(const char *state, const char *sha256, const struct patch_content *content);

#endif
