/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_CONTENT_H
#define LIVEPATCHD_PATCH_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/klp-patch.h"

/**
 * enum patch_replace - whether a livepatch replaces all livepatches before it
 */
enum patch_replace {
	PATCH_REPLACE_UNKNOWN,
	PATCH_REPLACE_NO,
	PATCH_REPLACE_YES,
	_PATCH_REPLACE_MAX,
};

/**
 * struct patch_content - what a livepatch patches
 * @replace: whether it replaces others
 * @known: which functions it patches is known; else @functions tells nothing
 * @functions: sorted as in struct klp_patch; owned
 */
struct patch_content {
	enum patch_replace replace;
	bool known;
	struct klp_function *functions;
	size_t n_functions;
};

/** patch_replace_name - "yes", "no" or "unknown" */
const char *patch_replace_name(enum patch_replace replace);

/** patch_replace_from_name - -EINVAL: it is none of them */
int patch_replace_from_name(const char *name, enum patch_replace *ret);

void patch_content_clear(struct patch_content *content);

#endif
