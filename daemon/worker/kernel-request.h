/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KERNEL_REQUEST_H
#define LIVEPATCHD_KERNEL_REQUEST_H

#include <json-c/json.h>

#include "kernel/klp-sysfs.h"
#include "model/failure.h"
#include "model/patch.h"

/**
 * struct kernel_request - what one operation is to do
 * @root: the kernel's files
 * @name: the module's name
 * @file: its file, or its name as the user gave it
 * @sha256: the file has to be this one
 * @replace: whether the patch replaces those before it
 * @enable: what to write to "enabled"
 * @trial: the next boot will load it: it is on trial from now on
 * @retry: even if it is in quarantine
 * @state: folder of what outlives the boot; installed patches are below it
 * @confs: folder of the patches' drop-ins
 * @patches: all there are, to tell in whose way it is; NULL: that is not known
 */
struct kernel_request {
	struct klp_root root;
	const char *name;
	const char *file;
	const char *sha256;
	enum klp_replace replace;
	bool enable;
	bool trial;
	bool retry;
	const char *state;
	const char *confs;
	const struct patches *patches;
};

#endif
