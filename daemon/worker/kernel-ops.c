// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <syslog.h>

#include "kernel/klp-sysfs.h"
#include "model/held-functions.h"
#include "model/patch-content.h"
#include "util/fs.h"
#include "util/kmod-util.h"
#include "worker/check.h"
#include "worker/conf-files.h"
#include "worker/explain.h"
#include "worker/inspect.h"
#include "worker/install.h"
#include "worker/kernel-ops.h"
#include "worker/patch-file.h"
#include "worker/trial.h"

static int open_kmod(struct kmod_ctx **ret)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);

	if (!kmod)
		return -ENOMEM;
	/* What matters comes back as an error. */
	kmod_set_log_priority(kmod, LOG_CRIT);
	*ret = kmod;
	return 0;
}

/* Loads the installed module @name and what it needs, unless it is there. */
static int probe_module(struct kmod_ctx *kmod, const char *name)
{
	_cleanup_(kmod_module_unref_listp) struct kmod_list *list = NULL;
	struct kmod_list *item;
	int r;

	r = kmod_module_new_from_lookup(kmod, name, &list);
	if (r < 0)
		return r;
	if (!list)
		return -ENOENT;
	kmod_list_foreach(item, list) {
		_cleanup_(kmod_module_unrefp) struct kmod_module *module = kmod_module_get_module(item);

		r = kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int probe_depends(struct kmod_ctx *kmod, const struct module_file *file, struct failure *failure)
{
	_cleanup_free_ char *list = strdup(file->depends);
	char *save = NULL;
	int r;

	if (!list)
		return -ENOMEM;
	for (char *name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		r = probe_module(kmod, name);
		if (r < 0)
			return failure_set(failure, FAILURE_KERNEL_REFUSED,
					   "%s needs the module %s, which cannot be loaded: %s.", file->name,
					   name, strerror(-r));
	}
	return 0;
}

/* Which of the functions that a livepatch patches the helper holds. */
static char *held_by_helper(const struct patches *patches, const struct patch_content *content)
{
	if (!patches)
		return NULL;
	if (!content->known)
		return held_functions_text(patches, NULL, 0);
	return held_functions_text(patches, content->functions, content->n_functions);
}

static int explain_refusal(int error, const struct kernel_request *request, const struct module_file *file,
			   struct failure *failure)
{
	_cleanup_(kernel_facts_clear) struct kernel_facts facts = { 0 };
	_cleanup_(patch_content_clear) struct patch_content content = { 0 };
	struct klp_layout layout;

	if (error == -EBUSY && !file->helper && patch_file_layout(NULL, &layout))
		(void)patch_file_content(request->state, file, &layout, &content);
	kernel_facts_read(&request->root, error == -EBUSY ? &content : NULL, &facts);
	if (error == -EBUSY && !file->helper)
		facts.helper_holds = held_by_helper(request->patches, &content);
	return explain_insert(error, request->name, &facts, failure);
}

/* Whatever has been loaded since it was checked. */
static int check_kept(const struct kernel_request *request, struct failure *failure)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	int r;

	if (request->replace == KLP_REPLACE_NO)
		return 0;
	r = patch_confs_load(request->confs, request->name, &confs, failure);
	if (r >= 0)
		r = klp_read_snapshot(&request->root, &snapshot);
	for (size_t i = 0; r >= 0 && i < snapshot.n_patches; i++)
		if (snapshot.patches[i].status.registered && snapshot.patches[i].status.enabled)
			r = patch_confs_check_replace(&confs, request->name, request->replace, snapshot.patches[i].name,
						      failure);
	return r;
}

static int insert(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = NULL;
	int r;

	(void)result;
	r = patch_file_open(request, &file, failure);
	if (r < 0)
		return r;
	if (!lpd_streq(file.sha256, request->sha256) || !lpd_streq(file.name, request->name))
		return failure_set(failure, FAILURE_CONFLICT, "%s has changed since it was checked; try again.",
				   request->file);

	if (!file.helper) {
		r = check_kept(request, failure);
		if (r < 0)
			return r;
	}
	r = open_kmod(&kmod);
	if (r < 0)
		return r;
	r = probe_depends(kmod, &file, failure);
	if (r < 0)
		return r;

	/* Before the kernel has it, which may be too late. */
	if (request->trial) {
		r = trial_begin(request->state, request->name, file.sha256);
		if (r < 0)
			return failure_set(failure, FAILURE_FAILED,
					   "Cannot note in %s/trials that %s is on trial, so it is not loaded: %s.",
					   request->state, request->name, strerror(-r));
	}
	/* By the very descriptor that was read and checked: no other file can take its place. */
	r = syscall(SYS_finit_module, file.fd, "", 0) < 0 ? -errno : 0;
	return r < 0 ? explain_refusal(r, request, &file, failure) : 0;
}

static int remove_module(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = NULL;
	_cleanup_(kmod_module_unrefp) struct kmod_module *module = NULL;
	int r;

	(void)result;
	(void)failure;
	r = open_kmod(&kmod);
	if (r < 0)
		return r;
	r = kmod_module_new_from_name(kmod, request->name, &module);
	if (r < 0)
		return r;
	r = kmod_module_remove_module(module, 0);
	return r == -ENOENT ? 0 : r;
}

/* Writes to an attribute of the livepatch. */
static int write_attribute(const struct kernel_request *request, const char *attribute, const char *value)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/kernel/livepatch/%s/%s", request->root.sys, request->name, attribute) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return lpd_write_string(path, value);
}

static int enable(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	int r;

	(void)result;
	(void)failure;
	r = write_attribute(request, "enabled", request->enable ? "1" : "0");
	/* Gone, or as it should be: what the kernel shows next tells all. */
	return r == -ENOENT || r == -ENODEV || r == -EINVAL ? 0 : r;
}

static int force(const void *argument, struct json_object *result, struct failure *failure)
{
	int r;

	(void)result;
	(void)failure;
	r = write_attribute(argument, "force", "1");
	/* EINVAL: the transition has just settled. */
	return r == -ENOENT || r == -ENODEV || r == -EINVAL ? 0 : r;
}

static int probe(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = NULL;
	int r;

	(void)result;
	r = open_kmod(&kmod);
	if (r < 0)
		return r;
	r = probe_module(kmod, request->name);
	if (r == -ENOENT)
		return failure_set(failure, FAILURE_HELPER_MISSING,
				   "The module %s is not installed for the running kernel; install it.",
				   request->name);
	if (r < 0)
		return failure_set(failure, FAILURE_HELPER_MISSING,
				   "The module %s cannot be loaded: %s; the kernel's log may tell why.",
				   request->name, strerror(-r));
	return 0;
}

const struct kernel_ops kernel_ops_native = {
	.inspect = inspect_patch,
	.check = check_patch,
	.verify = check_verify,
	.inspect_set = inspect_set,
	.inspect_unload = inspect_unload,
	.install = install_patch,
	.uninstall = uninstall_patch,
	.insert = insert,
	.remove = remove_module,
	.enable = enable,
	.force = force,
	.probe = probe,
};
