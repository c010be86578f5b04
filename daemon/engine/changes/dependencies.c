// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/changes/dependencies.h"
#include "engine/store.h"
#include "kernel/loaded-module.h"
#include "model/patch-conf.h"

/* The first name of a list that is wanted, or not; NULL: there is none. */
static const char *find(struct json_object *names, bool is_wanted, dependency_wanted_t wanted, void *userdata)
{
	for (size_t i = 0; names && i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));

		if (wanted(name, userdata) == is_wanted)
			return name;
	}
	return NULL;
}

int dependencies_check_load(const struct engine *engine, const struct change_request *request,
			    dependency_wanted_t wanted, void *userdata, struct failure *failure)
{
	const char *other;

	if (engine->setup.off)
		return failure_set(failure, FAILURE_REFUSED_PATCH,
				   "livepatchd=off on the kernel command line keeps every patch from being loaded, "
				   "%s too; boot without it.",
				   request->name);
	other = find(request->requires, false, wanted, userdata);
	if (other)
		return failure_set(failure, FAILURE_CONFLICT,
				   "%s requires %s, which is not loaded; load that first, or all with livepatchd load "
				   "--all.",
				   request->name, other);
	other = find(request->conflicts, true, wanted, userdata);
	if (other)
		return failure_set(failure, FAILURE_CONFLICT,
				   "%s conflicts with %s, which is loaded (Conflicts= in " PATCH_CONF_DIR
				   "); unload that first.",
				   request->name, other);
	return 0;
}

int dependencies_check_unload(const struct change_request *request, dependency_wanted_t wanted, void *userdata,
			      struct failure *failure)
{
	const char *other = find(request->required_by, true, wanted, userdata);

	if (!other)
		return 0;
	return failure_set(failure, FAILURE_CONFLICT,
			   "%s is required by %s, which is loaded (Requires= in " PATCH_CONF_DIR
			   "); unload that first.",
			   request->name, other);
}

int dependencies_check_same(const struct engine *engine, const struct change_request *request,
			    struct failure *failure)
{
	struct store_record *record = store_find(engine->store, request->name);
	int r;

	if (record && record->sha256)
		r = lpd_streq(record->sha256, request->sha256);
	else
		r = loaded_module_is(&engine->setup.root, request->name, request->build_id, request->srcversion);
	if (r > 0)
		return 0;
	if (r == 0)
		return failure_set(failure, FAILURE_CONFLICT,
				   "A patch %s with other content is loaded%s%s; unload it first.", request->name,
				   record && record->file ? " from " : "", record && record->file ? record->file : "");
	if (r == -ENODATA)
		return failure_set(failure, FAILURE_CONFLICT,
				   "A patch %s is loaded, and neither a build ID nor a srcversion tells whether it is "
				   "the same; unload it first.",
				   request->name);
	return r;
}
