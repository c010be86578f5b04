/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_CONTENT_H
#define LIVEPATCHD_PATCH_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/klp-patch.h"

/**
 * struct patch_content - what a livepatch patches
 * @replace: whether it replaces others
 * @known: which functions it patches is known; else @functions tells nothing
 * @functions: sorted as in struct klp_patch; owned
 */
struct patch_content {
	enum klp_replace replace;
	bool known;
	struct klp_function *functions;
	size_t n_functions;
};

void patch_content_clear(struct patch_content *content);

#endif
