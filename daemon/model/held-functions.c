// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "model/held-functions.h"
#include "model/klp-patch.h"

/* More than fits a message. */
enum { OWNED_MAX = 8 };

static bool is_among(const struct klp_function *function, const struct klp_function *functions, size_t n)
{
	if (!functions)
		return true;
	for (size_t i = 0; i < n; i++)
		if (lpd_streq(functions[i].symbol, function->symbol) &&
		    lpd_streq(functions[i].module, function->module))
			return true;
	return false;
}

char *held_functions_text(const struct patches *patches, const struct klp_function *functions, size_t n)
{
	const struct patch *patch;
	unsigned int owned = 0;
	char *list = NULL;

	TAILQ_FOREACH(patch, &patches->list, link) {
		if (patch->backend != PATCH_HELPER)
			continue;
		for (size_t i = 0; i < patch->n_functions; i++) {
			const struct klp_function *function = patch->functions + i;
			bool in_kernel = lpd_streq(function->module, "vmlinux");
			char *longer;

			/* Where several patches have it, the one that runs. */
			if (!function->patched || !is_among(function, functions, n) || owned++ >= OWNED_MAX)
				continue;
			if (asprintf(&longer, "%s%s%s%s%s (%s)", list ?: "", list ? ", " : "",
				     in_kernel ? "" : function->module, in_kernel ? "" : ":", function->symbol,
				     patch->name) < 0)
				return list;
			free(list);
			list = longer;
		}
	}
	return list;
}
