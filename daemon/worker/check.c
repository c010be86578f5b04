// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <syslog.h>

#include "kernel/ftrace-functions.h"
#include "kernel/kallsyms.h"
#include "kernel/klp-file.h"
#include "kernel/klp-sysfs.h"
#include "kernel/loaded-module.h"
#include "kernel/prototype.h"
#include "model/finding.h"
#include "model/klp-patch.h"
#include "model/patch-content.h"
#include "peers/holders.h"
#include "util/fs.h"
#include "util/kmod-util.h"
#include "util/log.h"
#include "util/words.h"
#include "worker/check.h"
#include "worker/conf-files.h"
#include "worker/explain.h"
#include "worker/patch-file.h"

DEFINE_CLEANUP(struct btf *, btf__free)

/**
 * struct check - one patch that is looked at
 * @btf: the kernel's, NULL: it has none
 * @patches: all there are, NULL: not known
 * @content: what the patch patches
 * @replaces: names of the patches that surely go when it comes
 */
struct check {
	const struct kernel_request *request;
	const struct klp_root *root;
	const struct patches *patches;
	const struct module_file *file;
	struct btf *btf;
	struct patch_content content;
	struct findings findings;
	struct json_object *replaces;
};

static bool is_enabled(const struct check *check, const char *name)
{
	struct klp_status status;

	if (check->patches && patches_has_helper(check->patches, name))
		return true;
	return klp_read_status(check->root, name, &status) >= 0 && status.registered && status.enabled;
}

static int read_module_line(const struct klp_root *root, const char *module, const char *attribute, char *line,
			    size_t size)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/module/%s/%s", root->sys, module, attribute) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return lpd_read_line_at(AT_FDCWD, path, line, size);
}

static bool is_module_loaded(const struct klp_root *root, const char *module)
{
	char state[16];

	return lpd_streq(module, "vmlinux") ||
	       read_module_line(root, module, "initstate", state, sizeof(state)) >= 0;
}

/* --------------------------------------------------------------- the module */

static bool is_signed(const struct module_file *file)
{
	static const char magic[] = "~Module signature appended~\n";
	size_t length = strlen(magic);

	return file->size >= length && memcmp(file->data + file->size - length, magic, length) == 0;
}

static void check_signature(struct check *check, const struct kernel_facts *facts)
{
	const char *name = check->file->name;
	char enforced[8] = "";

	if (is_signed(check->file)) {
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "signature", NULL, "%s is signed.", name);
		return;
	}
	(void)read_module_line(check->root, "module", "parameters/sig_enforce", enforced, sizeof(enforced));
	if (enforced[0] == 'Y' || facts->lockdown)
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "signature", NULL,
			    "%s is not signed, and the kernel %s; sign it with a key that the kernel trusts.", name,
			    facts->lockdown ? "is locked down" : "wants signed modules");
	else
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "signature", NULL,
			    "%s is not signed; this kernel takes it, and is tainted.", name);
}

static void check_kernel(struct check *check, const struct kernel_facts *facts)
{
	if (facts->modules_disabled)
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "kernel", NULL,
			    "The kernel takes no module until the next boot: kernel.modules_disabled is 1.");
	if (facts->ftrace_disabled)
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "kernel", NULL,
			    "The kernel cannot patch with %s: ftrace is off; set kernel.ftrace_enabled=1.",
			    check->file->name);
	if (facts->transition_of && !lpd_streq(facts->transition_of, check->file->name))
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "kernel", NULL,
			    "The transition of %s is under way; a load waits for it.", facts->transition_of);
}

/* The loaded one of the same name. */
static int check_loaded(struct check *check)
{
	const struct module_file *file = check->file;
	int r;

	if (!is_enabled(check, file->name))
		return 0;
	r = loaded_module_is(check->root, file->name, file->build_id, file->srcversion);
	if (r == 0)
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_CONFLICT, "loaded", NULL,
			    "A patch %s with other content is loaded; unload it first.", file->name);
	else if (r == -ENODATA)
		finding_add(&check->findings, SEVERITY_WARNING, FAILURE_NONE, "loaded", NULL,
			    "A patch %s is loaded, and neither a build ID nor a srcversion tells whether it is the "
			    "same.",
			    file->name);
	else if (r > 0)
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "loaded", NULL, "%s is loaded already.",
			    file->name);
	return r == -ENOMEM ? r : 0;
}

static void check_conflict(struct check *check, const char *other)
{
	if (is_enabled(check, other))
		finding_add(&check->findings, SEVERITY_WARNING, FAILURE_NONE, "conflicts", NULL,
			    "%s conflicts with %s, which is loaded.", check->file->name, other);
}

static void check_dependencies(struct check *check, const struct patch_confs *confs)
{
	const char *name = check->file->name;
	const struct patch_conf *conf = patch_confs_find(confs, name);

	if (*conf->sha256 && !lpd_streq(conf->sha256, check->file->sha256))
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_REFUSED_PATCH, "sha256", NULL,
			    "%s has the checksum %s, but SHA256= in " PATCH_CONF_DIR " wants %s for %s; it is another "
			    "file than the one that was approved.",
			    check->file->path, check->file->sha256, conf->sha256, name);
	for (char **other = conf->requires; other && *other; other++)
		if (!is_enabled(check, *other))
			finding_add(&check->findings, SEVERITY_WARNING, FAILURE_NONE, "requires", NULL,
				    "%s requires %s, which is not loaded.", name, *other);
	for (char **other = conf->conflicts; other && *other; other++)
		check_conflict(check, *other);
	for (size_t i = 0; i < confs->n; i++)
		if (patch_list_has(confs->files[i].conf.conflicts, name) &&
		    !patch_list_has(conf->conflicts, confs->files[i].name))
			check_conflict(check, confs->files[i].name);
}

/* ------------------------------------------------------------ its functions */

static void check_symbol(struct check *check, const struct klp_function *function, unsigned int count)
{
	struct findings *findings = &check->findings;
	const char *symbol = function->symbol, *module = function->module;

	if (!is_module_loaded(check->root, module))
		finding_add(findings, SEVERITY_INFO, FAILURE_NONE, "symbol", symbol,
			    "The module %s is not loaded: %s is patched when it is.", module, symbol);
	else if (count == 0)
		finding_add(findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "symbol", symbol,
			    "There is no function %s in %s; the patch is for another kernel or configuration.", symbol,
			    module);
	else if (function->sympos == 0 && count > 1)
		finding_add(findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "symbol", symbol,
			    "%s has %u symbols %s, and the patch does not tell which (sympos).", module, count, symbol);
	else if (function->sympos > count)
		finding_add(findings, SEVERITY_ERROR, FAILURE_KERNEL_REFUSED, "symbol", symbol,
			    "The patch wants the symbol %s number %u of %s, which has only %u.", symbol,
			    function->sympos, module, count);
}

static int check_symbols(struct check *check)
{
	_cleanup_free_ unsigned int *counts = calloc(check->content.n_functions + 1, sizeof(*counts));
	int r;

	if (!counts)
		return -ENOMEM;
	r = kallsyms_count(check->root, check->content.functions, check->content.n_functions, counts);
	if (r < 0)
		return r;
	for (size_t i = 0; i < check->content.n_functions; i++)
		check_symbol(check, check->content.functions + i, counts[i]);
	return 0;
}

static void compare_prototypes(struct check *check, const struct klp_function *function, const struct btf *old,
			       const struct btf *own)
{
	_cleanup_free_ char *is = NULL, *becomes = NULL;

	if (!function->body || prototype_text(old, function->symbol, &is) < 0 ||
	    prototype_text(own, function->body, &becomes) < 0)
		return;
	if (!lpd_streq(is, becomes))
		finding_add(&check->findings, SEVERITY_WARNING, FAILURE_NONE, "prototype", function->symbol,
			    "%s is %s, but %s, which replaces it, is %s.", function->symbol, is, function->body,
			    becomes);
}

/* Where both have BTF: many modules have none. */
static void check_prototypes(struct check *check)
{
	_cleanup_(btf__freep) struct btf *own = NULL;
	char path[sizeof("/proc/self/fd/") + 10];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%i", check->file->fd);
	own = check->btf ? btf__parse_split(path, check->btf) : NULL;
	for (size_t i = 0; own && i < check->content.n_functions; i++) {
		const struct klp_function *function = check->content.functions + i;
		_cleanup_(btf__freep) struct btf *module = NULL;

		if (!lpd_streq(function->module, "vmlinux"))
			module = btf__load_module_btf(function->module, check->btf);
		if (module || lpd_streq(function->module, "vmlinux"))
			compare_prototypes(check, function, module ?: check->btf, own);
	}
}

/* The srcversion of the module that is installed for this kernel. */
static int read_installed(const char *name, char *ret, size_t size)
{
	_cleanup_(kmod_unrefp) struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	_cleanup_(kmod_module_unrefp) struct kmod_module *module = NULL;
	_cleanup_(kmod_module_info_free_listp) struct kmod_list *list = NULL;
	struct kmod_list *item;

	if (!kmod)
		return -ENOMEM;
	kmod_set_log_priority(kmod, LOG_CRIT);
	if (kmod_module_new_from_name(kmod, name, &module) < 0 || !kmod_module_get_path(module) ||
	    kmod_module_get_info(module, &list) < 0)
		return -ENOENT;
	kmod_list_foreach(item, list)
		if (lpd_streq(kmod_module_info_get_key(item), "srcversion")) {
			(void)snprintf(ret, size, "%s", kmod_module_info_get_value(item));
			return 0;
		}
	return -ENOENT;
}

/* A patch is made for the kernel's own modules; the loaded one may come from elsewhere. */
static void check_module(struct check *check, const char *module)
{
	char loaded[SRCVERSION_SIZE], installed[SRCVERSION_SIZE];

	if (read_module_line(check->root, module, "srcversion", loaded, sizeof(loaded)) < 0 ||
	    read_installed(module, installed, sizeof(installed)) < 0 || lpd_streq(loaded, installed))
		return;
	finding_add(&check->findings, SEVERITY_WARNING, FAILURE_NONE, "srcversion", NULL,
		    "The loaded module %s (srcversion %s) is not the one that is installed for this kernel (%s); the "
		    "patch may be made for the other one.",
		    module, loaded, installed);
}

static void check_modules(struct check *check)
{
	const char *last = "vmlinux";

	/* They are sorted by module. */
	for (size_t i = 0; i < check->content.n_functions; i++) {
		const char *module = check->content.functions[i].module;

		if (!lpd_streq(module, "vmlinux") && !lpd_streq(module, last))
			check_module(check, module);
		last = module;
	}
}

/* One that is loaded and goes, or may go, when the patch comes. */
static int check_replaced_one(struct check *check, const struct patch_confs *confs, const char *other, char **names)
{
	_cleanup_(failure_clear) struct failure kept = { 0 };

	if (patch_confs_check_replace(confs, check->file->name, check->content.replace, other, &kept) == -EBADE)
		finding_add(&check->findings, SEVERITY_ERROR, FAILURE_CONFLICT, "replaces", NULL, "%s",
			    failure_message(&kept));
	if (check->content.replace == KLP_REPLACE_YES)
		json_object_array_add(check->replaces, json_object_new_string(other));
	return lpd_add_words(names, ", ", other);
}

static int check_replaced(struct check *check, const struct patch_confs *confs)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	const char *name = check->file->name;
	char *const *declared = patch_confs_find(confs, name)->replaces;
	bool yes = check->content.replace == KLP_REPLACE_YES;
	_cleanup_free_ char *names = NULL;
	int r;

	if (check->content.replace == KLP_REPLACE_NO || is_enabled(check, name))
		return 0;
	r = klp_read_snapshot(check->root, &snapshot);
	for (size_t i = 0; r >= 0 && i < snapshot.n_patches; i++)
		if (snapshot.patches[i].status.registered && snapshot.patches[i].status.enabled)
			r = check_replaced_one(check, confs, snapshot.patches[i].name, &names);
	if (r < 0)
		return r;
	if (names)
		finding_add(&check->findings, declared ? SEVERITY_INFO : SEVERITY_WARNING, FAILURE_NONE, "replaces",
			    NULL, "%s%s replaces the livepatches that are loaded: %s.",
			    yes ? "" : "It is not known whether ", name, names);
	else if (!yes)
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "replaces", NULL,
			    "It is not known whether %s replaces livepatches that are loaded before it.", name);
	return 0;
}

static int on_owner(const char *symbol, const char *sentence, void *userdata)
{
	struct check *check = userdata;

	finding_add(&check->findings, SEVERITY_ERROR, FAILURE_CONFLICT, "owner", symbol, "%s", sentence);
	return 0;
}

static int check_functions(struct check *check)
{
	const struct module_file *file = check->file;
	struct klp_layout layout;
	int r;

	(void)patch_file_layout(&check->btf, &layout);
	r = patch_file_content(check->request->state, file, check->btf ? &layout : NULL, &check->content);
	if (r < 0)
		return r;
	if (!check->content.known) {
		finding_add(&check->findings, SEVERITY_INFO, FAILURE_NONE, "functions", NULL,
			    "%s does not tell which functions it patches before it is loaded.", file->name);
		return 0;
	}
	r = check_symbols(check);
	if (r < 0)
		return r;
	check_modules(check);
	check_prototypes(check);
	return peers_each_holder(check->root, &check->content, file->helper, on_owner, check);
}

/* ------------------------------------------------------------------- all of it */

static void check_clear(struct check *check)
{
	patch_content_clear(&check->content);
	btf__free(check->btf);
}

int check_file(const struct kernel_request *request, const struct module_file *file, const struct patch_confs *confs,
	       struct json_object *result, struct failure *failure)
{
	const struct klp_root *root = &request->root;
	_cleanup_(check_clear) struct check check = {
		.request = request,
		.root = root,
		.patches = request->patches,
		.file = file,
		.findings = { .list = json_object_new_array(), .failure = failure },
		.replaces = json_object_new_array(),
	};
	_cleanup_(kernel_facts_clear) struct kernel_facts facts = { 0 };
	int r;

	json_object_object_add(result, "findings", check.findings.list);
	json_object_object_add(result, "replaces", check.replaces);
	kernel_facts_read(root, NULL, &facts);
	check_kernel(&check, &facts);
	check_dependencies(&check, confs);
	check_signature(&check, &facts);
	r = check_loaded(&check);
	if (r >= 0)
		r = check_functions(&check);
	if (r >= 0)
		r = check_replaced(&check, confs);
	if (r < 0)
		return r;
	json_object_object_add(result, "replace", json_object_new_string(klp_replace_name(check.content.replace)));
	return check.findings.errors > 0 ? -EBADE : 0;
}

int check_patch(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(module_file_close) struct module_file file = MODULE_FILE_NULL;
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	int r;

	r = patch_file_open_declared(request, &file, &confs, failure);
	if (r < 0)
		return r;
	json_object_object_add(result, "name", json_object_new_string(file.name));
	json_object_object_add(result, "file", json_object_new_string(file.path));
	json_object_object_add(result, "sha256", json_object_new_string(file.sha256));
	r = check_file(request, &file, &confs, result, NULL);
	return r == -EBADE ? 0 : r;
}

/* ---------------------------------------------------------------- afterwards */

/**
 * struct verification - the functions that have to be seen
 * @seen: those that are, by their place in @patch
 * @any: there is a list to see them in
 */
struct verification {
	const struct klp_patch *patch;
	bool *seen;
	bool any;
};

static int on_attached(const struct ftrace_function *function, void *userdata)
{
	struct verification *verification = userdata;

	verification->any = true;
	for (size_t i = 0; function->ipmodify && i < verification->patch->n_functions; i++)
		if (lpd_streq(verification->patch->functions[i].symbol, function->symbol))
			verification->seen[i] = true;
	return 0;
}

static int verify(const struct klp_root *root, const struct klp_patch *patch, struct failure *failure)
{
	_cleanup_free_ bool *seen = calloc(patch->n_functions + 1, sizeof(*seen));
	struct verification verification = { patch, seen, false };

	if (!seen)
		return -ENOMEM;
	(void)ftrace_functions_each(root, on_attached, &verification);
	for (size_t i = 0; i < patch->n_functions; i++) {
		const struct klp_function *function = patch->functions + i;

		if (!is_module_loaded(root, function->module))
			continue;
		if (!function->patched || (verification.any && !seen[i]))
			return failure_set(failure, FAILURE_KERNEL_REFUSED,
					   "the kernel does not show %s (%s) as patched, by %s; unload it and see the "
					   "kernel's log.",
					   function->symbol, function->module,
					   function->patched ? "tracefs" : "sysfs");
	}
	return 0;
}

/*
 * Whether a livepatch replaced those before it: the kernel's word, or what has
 * become of them. Where there were none, nobody knows; nor of one that somebody
 * else has loaded, since it was not watched when it came.
 */
static enum klp_replace see_replace(const struct kernel_request *request, const struct klp_patch *patch)
{
	const struct patch *own = request->patches ? patches_find(request->patches, patch->name) : NULL, *other;
	enum klp_replace replace = KLP_REPLACE_UNKNOWN;

	if (patch->replace != KLP_REPLACE_UNKNOWN || !own || !request->sha256)
		return patch->replace;
	TAILQ_FOREACH(other, &request->patches->list, link) {
		if (other->backend != PATCH_KLP || other == own)
			continue;
		if (other->state == PATCH_PATCHED && other->order < own->order)
			return KLP_REPLACE_NO;
		if (other->dropped)
			replace = KLP_REPLACE_YES;
	}
	return replace;
}

/* For the next time that such a file is to be loaded, maybe at boot. */
static void remember(const struct kernel_request *request, const struct klp_patch *patch, enum klp_replace replace)
{
	const struct patch_content seen = {
		.replace = replace,
		.known = true,
		.functions = patch->functions,
		.n_functions = patch->n_functions,
	};
	int r = request->state && request->sha256 ? patch_file_remember(request->state, request->sha256, &seen) : 0;

	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot remember in %s what %s patches: %s", request->state, patch->name,
			strerror(-r));
}

int check_verify(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	int r;

	r = klp_read_snapshot(&request->root, &snapshot);
	for (size_t i = 0; r >= 0 && i < snapshot.n_patches; i++) {
		const struct klp_patch *patch = snapshot.patches + i;
		enum klp_replace replace;

		if (!lpd_streq(patch->name, request->name) || !patch->status.registered)
			continue;
		replace = see_replace(request, patch);
		json_object_object_add(result, "replace", json_object_new_string(klp_replace_name(replace)));
		remember(request, patch, replace);
		r = verify(&request->root, patch, failure);
	}
	return r;
}
