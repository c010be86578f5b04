/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_CONTENT_H
#define LIVEPATCHD_PATCH_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/klp-patch.h"

/**
 * struct patch_content - what a livepatch patches
 * @known: it could be read; else nothing below tells anything
 * @replace: it replaces all livepatches before it
 * @functions: sorted as in struct klp_patch; owned
 */
struct patch_content {
	bool known;
	bool replace;
	struct klp_function *functions;
	size_t n_functions;
};

void patch_content_clear(struct patch_content *content);

#endif
