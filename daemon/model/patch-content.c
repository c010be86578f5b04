// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/klp-patch.h"
#include "model/patch-content.h"

static const char *const replace_names[_PATCH_REPLACE_MAX] = {
	[PATCH_REPLACE_UNKNOWN] = "unknown",
	[PATCH_REPLACE_NO] = "no",
	[PATCH_REPLACE_YES] = "yes",
};

const char *patch_replace_name(enum patch_replace replace)
{
	return replace_names[replace];
}

int patch_replace_from_name(const char *name, enum patch_replace *ret)
{
	for (int i = 0; i < _PATCH_REPLACE_MAX; i++)
		if (lpd_streq(name, replace_names[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

void patch_content_clear(struct patch_content *content)
{
	klp_functions_free(content->functions, content->n_functions);
	*content = (struct patch_content){ 0 };
}
