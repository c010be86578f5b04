// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "model/patch.h"
#include "model/plan.h"
#include "util/log.h"
#include "worker/check.h"
#include "worker/conf-files.h"
#include "worker/inspect.h"
#include "worker/installed.h"
#include "worker/patch-file.h"
#include "worker/trial.h"

/* ------------------------------------------------------------ what is put */

static void put_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static void put_name(struct json_object *names, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(names); i++)
		if (lpd_streq(json_object_get_string(json_object_array_get_idx(names, i)), name))
			return;
	json_object_array_add(names, json_object_new_string(name));
}

static void put_names(struct json_object *names, char *const *list)
{
	for (; list && *list; list++)
		put_name(names, *list);
}

static struct json_object *put_array(struct json_object *object, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(object, key, array);
	return array;
}

static void put_file(struct json_object *object, const char *name, bool helper, const char *file,
		     const char *sha256, const char *build_id, const char *srcversion)
{
	put_string(object, "name", name);
	put_string(object, "backend", patch_backend_name(helper ? PATCH_HELPER : PATCH_KLP));
	put_string(object, "file", file);
	put_string(object, "sha256", sha256);
	put_string(object, "build_id", build_id);
	put_string(object, "srcversion", srcversion);
}

/* What all drop-ins together declare of the patch @name. */
static void put_conf(struct json_object *object, const struct patch_confs *confs, const char *name)
{
	const struct patch_conf *conf = patch_confs_find(confs, name);
	struct json_object *conflicts;

	if (conf->has_timeout)
		json_object_object_add(object, "timeout_usec", json_object_new_uint64(conf->timeout_usec));
	if (conf->has_on_timeout)
		put_string(object, "on_timeout", on_timeout_name(conf->on_timeout));
	put_names(put_array(object, "requires"), conf->requires);
	conflicts = put_array(object, "conflicts");
	put_names(conflicts, conf->conflicts);
	for (size_t i = 0; i < confs->n; i++)
		if (patch_list_has(confs->files[i].conf.conflicts, name))
			put_name(conflicts, confs->files[i].name);
}

static int check_sha256(const struct patch_conf *conf, const struct module_file *file, struct failure *failure)
{
	if (!*conf->sha256 || lpd_streq(conf->sha256, file->sha256))
		return 0;
	return failure_set(failure, FAILURE_REFUSED_PATCH,
			   "%s has the checksum %s, but SHA256= in " PATCH_CONF_DIR " wants %s for %s; it is another "
			   "file than the one that was approved.",
			   file->path, file->sha256, conf->sha256, file->name);
}

/* --------------------------------------------------------------- one patch */

int inspect_patch(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	int r;

	r = patch_file_open_declared(request, &file, &confs, failure);
	if (r < 0)
		return r;
	r = check_file(request, &file, &confs, result, failure);
	if (r < 0)
		return r;
	if (!request->retry) {
		_cleanup_free_ char *reason = trial_in_quarantine(request->state, file.name, file.sha256);

		if (reason)
			return failure_set(failure, FAILURE_REFUSED_PATCH,
					   "%s is in quarantine: %s; to try it again: livepatchd load --retry %s.",
					   file.name, reason, file.name);
	}
	put_file(result, file.name, file.helper, file.path, file.sha256, file.build_id, file.srcversion);
	put_conf(result, &confs, file.name);
	return 0;
}

int inspect_unload(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	_cleanup_free_ char *path = NULL;
	struct json_object *required_by;
	int r;

	/* A mistake in a drop-in is no reason to keep a patch in the kernel. */
	r = patch_confs_load(request->confs, "", &confs, failure);
	if (r < 0)
		return r;
	r = installed_find(request->state, request->name, &path, failure);
	if (r < 0)
		return r;
	json_object_object_add(result, "installed", json_object_new_boolean(path != NULL));
	required_by = put_array(result, "required_by");
	for (size_t i = 0; i < confs.n; i++)
		if (patch_list_has(confs.files[i].conf.requires, request->name))
			put_name(required_by, confs.files[i].name);
	return 0;
}

/* ------------------------------------------------------------- all patches */

/**
 * struct inspection - the installed patches as they are read
 * @has_layout: the kernel's BTF tells @layout
 */
struct inspection {
	const struct kernel_request *request;
	struct patch_confs confs;
	struct patch_set set;
	bool has_layout;
	struct klp_layout layout;
	struct failure *failure;
};

static void inspection_clear(struct inspection *inspection)
{
	patch_set_clear(&inspection->set);
	patch_confs_clear(&inspection->confs);
}

static int add_installed(const char *name, const char *path, void *userdata)
{
	struct inspection *inspection = userdata;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	struct kernel_request request = *inspection->request;
	struct patch_member *member;
	int r;

	request.file = path;
	r = patch_file_open(&request, &file, inspection->failure);
	if (r < 0)
		return r;
	if (!lpd_streq(file.name, name))
		return failure_set(inspection->failure, FAILURE_CONFLICT,
				   "%s is the module %s; name the file after it.", path, file.name);
	if (patch_set_find(&inspection->set, name))
		return failure_set(inspection->failure, FAILURE_CONFLICT, "%s: %s is installed twice; remove one.",
				   path, name);
	r = patch_set_add(&inspection->set, &member);
	if (r < 0)
		return r;
	strcpy(member->name, file.name);
	member->helper = file.helper;
	strcpy(member->sha256, file.sha256);
	strcpy(member->build_id, file.build_id);
	strcpy(member->srcversion, file.srcversion);
	member->conf = patch_confs_find(&inspection->confs, name);
	member->file = strdup(path);
	if (!member->file)
		return -ENOMEM;
	member->held = trial_in_quarantine(inspection->request->state, name, file.sha256);
	r = patch_file_content(request.state, &file, inspection->has_layout ? &inspection->layout : NULL,
			       &member->content);
	if (r < 0)
		return r;
	return member->conf->disabled || member->held ? 0 : check_sha256(member->conf, &file, inspection->failure);
}

static bool is_loaded(const char *name, void *userdata)
{
	const struct inspection *inspection = userdata;
	struct klp_status status;

	if (inspection->request->patches && patches_has_helper(inspection->request->patches, name))
		return true;
	return klp_read_status(&inspection->request->root, name, &status) >= 0 && status.registered && status.enabled;
}

static void put_functions(struct json_object *array, const struct plan_entry *entry)
{
	for (size_t i = 0; i < entry->n_functions; i++) {
		const struct klp_function *function = entry->functions + i;
		struct json_object *object = json_object_new_object();

		put_string(object, "symbol", function->symbol);
		put_string(object, "module", function->module);
		json_object_object_add(object, "sympos", json_object_new_uint64(function->sympos));
		json_object_array_add(array, object);
	}
}

static void put_entry(struct json_object *array, const struct inspection *inspection, const struct plan_entry *entry)
{
	const struct patch_member *member = entry->member;
	struct json_object *object = json_object_new_object();

	if (member) {
		put_file(object, entry->name, member->helper, member->file, member->sha256, member->build_id,
			 member->srcversion);
		put_conf(object, &inspection->confs, entry->name);
	} else {
		put_string(object, "name", entry->name);
	}
	put_string(object, "action", plan_action_name(entry->action));
	put_string(object, "note", entry->note ?: "");
	json_object_object_add(object, "replace", json_object_new_string(klp_replace_name(entry->replace)));
	put_functions(put_array(object, "functions"), entry);
	json_object_array_add(array, object);
}

static bool patches_function(const struct plan_entry *entry, const struct klp_function *function)
{
	for (size_t i = 0; plan_applies(entry) && i < entry->n_functions; i++)
		if (klp_compare_functions(entry->functions + i, function) == 0)
			return true;
	return false;
}

/* The function with all that patch it from @first on, the last of which wins. */
static void put_winner(struct json_object *array, const struct plan *plan, size_t first,
		       const struct klp_function *function)
{
	struct json_object *object = json_object_new_object(), *patches;
	const char *winner = plan->entries[first].name;

	put_string(object, "symbol", function->symbol);
	put_string(object, "module", function->module);
	json_object_object_add(object, "sympos", json_object_new_uint64(function->sympos));
	patches = put_array(object, "patches");
	for (size_t i = first; i < plan->n; i++)
		if (patches_function(plan->entries + i, function)) {
			winner = plan->entries[i].name;
			put_name(patches, winner);
		}
	put_string(object, "winner", winner);
	json_object_array_add(array, object);
}

static void put_winners(struct json_object *array, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_entry *entry = plan->entries + i;

		for (size_t j = 0; plan_applies(entry) && j < entry->n_functions; j++) {
			bool told = false;

			for (size_t k = 0; k < i && !told; k++)
				told = patches_function(plan->entries + k, entry->functions + j);
			if (!told)
				put_winner(array, plan, i, entry->functions + j);
		}
	}
}

/* What would replace one that must stay is an error of the set. */
static int check_kept(const struct plan *plan, const struct patch_confs *confs, struct failure *failure)
{
	for (size_t i = 0; i < plan->n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct plan_entry *entry = plan->entries + i, *before = plan->entries + j;
			int r;

			if (entry->action != PLAN_LOAD || before->action == PLAN_OFF || before->action == PLAN_HELD ||
			    before->helper)
				continue;
			r = patch_confs_check_replace(confs, entry->name, entry->replace, before->name, failure);
			if (r < 0)
				return r;
		}
	return 0;
}

int inspect_set(const void *argument, struct json_object *result, struct failure *failure)
{
	_cleanup_(inspection_clear) struct inspection inspection = { .request = argument, .failure = failure };
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	_cleanup_(plan_clear) struct plan plan = { 0 };
	struct json_object *patches;
	int r;

	r = patch_confs_load(inspection.request->confs, NULL, &inspection.confs, failure);
	if (r < 0)
		return r;
	inspection.has_layout = patch_file_layout(NULL, &inspection.layout);
	r = installed_each(inspection.request->state, add_installed, &inspection, failure);
	if (r < 0)
		return r;
	r = patch_set_sort(&inspection.set, is_loaded, &inspection, failure);
	if (r < 0)
		return r;
	r = klp_read_snapshot(&inspection.request->root, &snapshot);
	if (r < 0)
		return r;
	r = plan_make(&inspection.set, &snapshot, inspection.request->patches, &plan);
	if (r < 0)
		return r;
	r = check_kept(&plan, &inspection.confs, failure);
	if (r < 0)
		return r;
	patches = put_array(result, "patches");
	for (size_t i = 0; i < plan.n; i++)
		put_entry(patches, &inspection, plan.entries + i);
	put_winners(put_array(result, "functions"), &plan);
	return 0;
}
