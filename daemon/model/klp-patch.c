// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>

#include "model/klp-patch.h"
#include "model/module-id.h"

static const char *const replace_names[_KLP_REPLACE_MAX] = {
	[KLP_REPLACE_UNKNOWN] = "unknown",
	[KLP_REPLACE_NO] = "no",
	[KLP_REPLACE_YES] = "yes",
};

const char *klp_replace_name(enum klp_replace replace)
{
	return replace_names[replace];
}

int klp_replace_from_name(const char *name, enum klp_replace *ret)
{
	for (int i = 0; i < _KLP_REPLACE_MAX; i++)
		if (lpd_streq(name, replace_names[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int klp_normalize_name(char *name)
{
	size_t length = 0;

	for (char *c = name; *c; c++, length++) {
		if (*c == '-')
			*c = '_';
		if (!isalnum((unsigned char)*c) && *c != '_')
			return -EINVAL;
	}
	return length > 0 && length < MODULE_NAME_SIZE ? 0 : -EINVAL;
}

void klp_functions_free(struct klp_function *functions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(functions[i].symbol);
		free(functions[i].module);
		free(functions[i].body);
	}
	free(functions);
}

int klp_compare_functions(const void *a, const void *b)
{
	const struct klp_function *x = a, *y = b;
	int r;

	r = strcmp(x->module, y->module);
	if (r == 0)
		r = strcmp(x->symbol, y->symbol);
	if (r == 0) {
		uint32_t m = x->sympos ?: 1, n = y->sympos ?: 1;

		r = (m > n) - (m < n);
	}
	return r;
}

static int by_position(const void *a, const void *b)
{
	const struct klp_patch *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

void klp_sort(struct klp_patch *patches, size_t n)
{
	if (n == 0)
		return;
	qsort(patches, n, sizeof(*patches), by_position);

	/* Exchange sort over the places of those that have a stack order. */
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; patches[i].stack_order && j < n; j++)
			if (patches[j].stack_order && patches[j].stack_order < patches[i].stack_order) {
				struct klp_patch swapped = patches[i];

				patches[i] = patches[j];
				patches[j] = swapped;
			}
}

void klp_snapshot_clear(struct klp_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_patches; i++) {
		free(snapshot->patches[i].name);
		klp_functions_free(snapshot->patches[i].functions, snapshot->patches[i].n_functions);
	}
	free(snapshot->patches);
	*snapshot = (struct klp_snapshot){ 0 };
}
