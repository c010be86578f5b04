// SPDX-License-Identifier: GPL-2.0-only
#include "model/klp-patch.h"
#include "model/patch-content.h"

void patch_content_clear(struct patch_content *content)
{
	klp_functions_free(content->functions, content->n_functions);
	*content = (struct patch_content){ 0 };
}
