// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "patch.h"

static const char *const state_names[_PATCH_STATE_MAX] = {
	[PATCH_LOADED] = "loaded",
	[PATCH_PATCHING] = "patching",
	[PATCH_PATCHED] = "patched",
	[PATCH_UNPATCHING] = "unpatching",
	[PATCH_DISABLED] = "disabled",
};

const char *patch_state_name(enum patch_state state)
{
	return state_names[state];
}

enum patch_state patch_state_from_status(const struct klp_status *status)
{
	if (status->registered && status->transition)
		return status->enabled ? PATCH_PATCHING : PATCH_UNPATCHING;
	if (status->registered && status->enabled)
		return PATCH_PATCHED;
	if (!status->registered && status->module == KLP_MODULE_LOADING)
		return PATCH_LOADED;
	return PATCH_DISABLED;
}

void patches_init(struct patches *patches, const struct patch_observer *observer, void *userdata)
{
	*patches = (struct patches){ .observer = observer, .userdata = userdata };
	TAILQ_INIT(&patches->list);
}

static void patch_free(struct patches *patches, struct patch *patch)
{
	TAILQ_REMOVE(&patches->list, patch, link);
	klp_functions_free(patch->functions, patch->n_functions);
	free(patch->name);
	free(patch->file);
	free(patch->sha256);
	free(patch);
}

void patches_clear(struct patches *patches)
{
	struct patch *patch;

	while ((patch = TAILQ_FIRST(&patches->list)))
		patch_free(patches, patch);
}

struct patch *patches_find(struct patches *patches, const char *name)
{
	struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link)
		if (lpd_streq(patch->name, name))
			return patch;
	return NULL;
}

static bool same_functions(const struct patch *patch, const struct klp_patch *seen)
{
	if (patch->n_functions != seen->n_functions)
		return false;
	for (size_t i = 0; i < seen->n_functions; i++) {
		const struct klp_function *a = patch->functions + i, *b = seen->functions + i;

		if (!lpd_streq(a->symbol, b->symbol) || !lpd_streq(a->module, b->module) ||
		    a->sympos != b->sympos || a->patched != b->patched)
			return false;
	}
	return true;
}

static void take_functions(struct patch *patch, struct klp_patch *seen)
{
	klp_functions_free(patch->functions, patch->n_functions);
	patch->functions = TAKE_PTR(seen->functions);
	patch->n_functions = TAKE(seen->n_functions, 0);
}

static unsigned int update(struct patch *patch, struct klp_patch *seen, unsigned int order)
{
	enum patch_state state = patch_state_from_status(&seen->status);
	unsigned int what = 0;

	if (patch->state != state)
		what |= PATCH_STATE_CHANGED;
	if (patch->order != order)
		what |= PATCH_ORDER_CHANGED;
	patch->state = state;
	patch->order = order;
	/* A disabled patch is gone from sysfs; what it replaced is still of interest. */
	if (!seen->status.registered)
		for (size_t i = 0; i < patch->n_functions; i++) {
			what |= patch->functions[i].patched ? PATCH_FUNCTIONS_CHANGED : 0;
			patch->functions[i].patched = false;
		}
	else if (!same_functions(patch, seen)) {
		take_functions(patch, seen);
		what |= PATCH_FUNCTIONS_CHANGED;
	}
	return what;
}

static int add(struct patches *patches, struct klp_patch *seen, unsigned int order)
{
	struct patch *patch = calloc(1, sizeof(*patch));

	if (!patch)
		return -ENOMEM;
	patch->name = strdup(seen->name);
	if (!patch->name) {
		free(patch);
		return -ENOMEM;
	}
	(void)update(patch, seen, order);
	TAILQ_INSERT_TAIL(&patches->list, patch, link);
	patches->observer->added(patch, patches->userdata);
	return 0;
}

static bool seen_in(const struct klp_snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->n_patches; i++)
		if (lpd_streq(snapshot->patches[i].name, name))
			return true;
	return false;
}

int patches_update(struct patches *patches, struct klp_snapshot *snapshot)
{
	struct patch *patch, *next;
	int r;

	for (patch = TAILQ_FIRST(&patches->list); patch; patch = next) {
		next = TAILQ_NEXT(patch, link);
		if (seen_in(snapshot, patch->name))
			continue;
		patches->observer->removed(patch, patches->userdata);
		patch_free(patches, patch);
	}

	for (size_t i = 0; i < snapshot->n_patches; i++) {
		struct klp_patch *seen = snapshot->patches + i;
		unsigned int what;

		patch = patches_find(patches, seen->name);
		if (!patch) {
			r = add(patches, seen, (unsigned int)i + 1);
			if (r < 0)
				return r;
			continue;
		}
		TAILQ_REMOVE(&patches->list, patch, link);
		TAILQ_INSERT_TAIL(&patches->list, patch, link);
		what = update(patch, seen, (unsigned int)i + 1);
		if (what)
			patches->observer->changed(patch, what, patches->userdata);
	}
	return 0;
}

int patch_set_file(struct patches *patches, struct patch *patch, const char *file, const char *sha256)
{
	_cleanup_free_ char *f = NULL, *s = NULL;

	if (patch->file && patch->sha256 && lpd_streq(patch->file, file) && lpd_streq(patch->sha256, sha256))
		return 0;
	f = strdup(file);
	s = strdup(sha256);
	if (!f || !s)
		return -ENOMEM;
	free(patch->file);
	free(patch->sha256);
	patch->file = TAKE_PTR(f);
	patch->sha256 = TAKE_PTR(s);
	patches->observer->changed(patch, PATCH_FILE_CHANGED, patches->userdata);
	return 0;
}
