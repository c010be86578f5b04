// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/klp-patch.h"
#include "model/patch.h"

static const char *const state_names[_PATCH_STATE_MAX] = {
	[PATCH_LOADED] = "loaded",
	[PATCH_PATCHING] = "patching",
	[PATCH_PATCHED] = "patched",
	[PATCH_UNPATCHING] = "unpatching",
	[PATCH_DISABLED] = "disabled",
};

static const char *const backend_names[_PATCH_BACKEND_MAX] = {
	[PATCH_KLP] = "klp",
	[PATCH_HELPER] = "helper",
};

bool patches_has_helper(const struct patches *patches, const char *name)
{
	const struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link)
		if (patch->backend == PATCH_HELPER && lpd_streq(patch->name, name))
			return patch->state == PATCH_PATCHED || patch->state == PATCH_PATCHING;
	return false;
}

const char *patch_state_name(enum patch_state state)
{
	return state_names[state];
}

const char *patch_backend_name(enum patch_backend_id backend)
{
	return backend_names[backend];
}

enum patch_state patch_state_from_status(const struct klp_status *status)
{
	if (status->registered && status->transition)
		/* The kernel says that it is enabled a moment after it has begun. */
		return status->enabled || status->module == KLP_MODULE_LOADING ? PATCH_PATCHING : PATCH_UNPATCHING;
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

struct patch *patches_find(const struct patches *patches, const char *name)
{
	struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link)
		if (lpd_streq(patch->name, name))
			return patch;
	return NULL;
}

static bool same_functions(const struct patch *patch, const struct patch_seen *seen)
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

static void take_functions(struct patch *patch, struct patch_seen *seen)
{
	klp_functions_free(patch->functions, patch->n_functions);
	patch->functions = TAKE_PTR(seen->functions);
	patch->n_functions = TAKE(seen->n_functions, 0);
}

static unsigned int update(struct patch *patch, struct patch_seen *seen)
{
	unsigned int what = 0;

	if (patch->state != seen->state)
		what |= PATCH_STATE_CHANGED;
	if (patch->order != seen->order)
		what |= PATCH_ORDER_CHANGED;
	patch->dropped = seen->state == PATCH_DISABLED && (patch->dropped || patch->state == PATCH_PATCHED);
	patch->state = seen->state;
	patch->order = seen->order;
	if (seen->replace != KLP_REPLACE_UNKNOWN && patch->replace != seen->replace) {
		patch->replace = seen->replace;
		what |= PATCH_REPLACE_CHANGED;
	}
	/* What it replaced is still of interest. */
	if (!seen->functions)
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

static int add(struct patches *patches, enum patch_backend_id backend, struct patch_seen *seen)
{
	struct patch *patch = calloc(1, sizeof(*patch));

	if (!patch)
		return -ENOMEM;
	patch->name = strdup(seen->name);
	if (!patch->name) {
		free(patch);
		return -ENOMEM;
	}
	patch->backend = backend;
	(void)update(patch, seen);
	TAILQ_INSERT_TAIL(&patches->list, patch, link);
	patches->observer->added(patch, patches->userdata);
	return 0;
}

static bool seen_in(const struct patch_seen *seen, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (lpd_streq(seen[i].name, name))
			return true;
	return false;
}

int patches_update(struct patches *patches, enum patch_backend_id backend, struct patch_seen *seen, size_t n)
{
	struct patch *patch, *next;
	int r;

	for (patch = TAILQ_FIRST(&patches->list); patch; patch = next) {
		next = TAILQ_NEXT(patch, link);
		if (patch->backend != backend || seen_in(seen, n, patch->name))
			continue;
		patches->observer->removed(patch, patches->userdata);
		patch_free(patches, patch);
	}

	for (size_t i = 0; i < n; i++) {
		unsigned int what;

		patch = patches_find(patches, seen[i].name);
		/* A module's name is there once: the other backend has not said yet that it is gone. */
		if (patch && patch->backend != backend) {
			patches->observer->removed(patch, patches->userdata);
			patch_free(patches, patch);
			patch = NULL;
		}
		if (!patch) {
			r = add(patches, backend, seen + i);
			if (r < 0)
				return r;
			continue;
		}
		TAILQ_REMOVE(&patches->list, patch, link);
		TAILQ_INSERT_TAIL(&patches->list, patch, link);
		what = update(patch, seen + i);
		if (what)
			patches->observer->changed(patch, what, patches->userdata);
	}
	return 0;
}

int patches_update_klp(struct patches *patches, struct klp_snapshot *snapshot)
{
	_cleanup_free_ struct patch_seen *seen = calloc(snapshot->n_patches ?: 1, sizeof(*seen));
	int r;

	if (!seen)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_patches; i++) {
		struct klp_patch *patch = snapshot->patches + i;

		/* Its functions are in sysfs as long as it is registered. */
		seen[i] = (struct patch_seen){
			.name = patch->name,
			.state = patch_state_from_status(&patch->status),
			.order = (unsigned int)i + 1,
			.replace = patch->replace,
			.functions = patch->status.registered ? patch->functions : NULL,
			.n_functions = patch->status.registered ? patch->n_functions : 0,
		};
	}
	r = patches_update(patches, PATCH_KLP, seen, snapshot->n_patches);
	for (size_t i = 0; i < snapshot->n_patches; i++)
		if (snapshot->patches[i].status.registered) {
			snapshot->patches[i].functions = seen[i].functions;
			snapshot->patches[i].n_functions = seen[i].n_functions;
		}
	return r;
}

void patches_forget_dropped(struct patches *patches, enum patch_backend_id backend)
{
	struct patch *patch;

	TAILQ_FOREACH(patch, &patches->list, link)
		if (patch->backend == backend)
			patch->dropped = false;
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

void patch_set_replace(struct patches *patches, struct patch *patch, enum klp_replace replace)
{
	if (patch->replace != KLP_REPLACE_UNKNOWN || replace == KLP_REPLACE_UNKNOWN)
		return;
	patch->replace = replace;
	patches->observer->changed(patch, PATCH_REPLACE_CHANGED, patches->userdata);
}
