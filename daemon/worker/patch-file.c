// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "model/klp-patch.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "worker/conf-files.h"
#include "worker/installed.h"
#include "worker/patch-file.h"

DEFINE_CLEANUP(struct btf *, btf__free)

enum {
	CONTENT_SIZE_MAX = 16 * 1024 * 1024,
	CONTENTS_MAX = 1000,
};

int patch_file_open(const struct kernel_request *request, struct module_file *ret, struct failure *failure)
{
	_cleanup_free_ char *path = NULL, *name = NULL;
	struct utsname kernel;
	int r;

	if (uname(&kernel) < 0)
		return -errno;
	if (request->file[0] != '/') {
		name = strdup(request->file);
		if (!name)
			return -ENOMEM;
		if (klp_normalize_name(name) >= 0) {
			r = installed_find(request->state, name, &path, failure);
			if (r < 0)
				return r;
		}
	}
	return module_file_open(path ?: request->file, kernel.release, ret, failure);
}

int patch_file_open_declared(const struct kernel_request *request, struct module_file *ret,
			     struct patch_confs *ret_confs, struct failure *failure)
{
	int r = patch_file_open(request, ret, failure);

	return r < 0 ? r : patch_confs_load(request->confs, ret->name, ret_confs, failure);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

bool patch_file_layout(struct btf **ret_btf, struct klp_layout *ret)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;

	(void)libbpf_set_print(quiet);
	btf = btf__load_vmlinux_btf();
	if (!btf || klp_layout_from_btf(btf, ret) < 0)
		return false;
	if (ret_btf)
		*ret_btf = TAKE_PTR(btf);
	return true;
}

/* ----------------------------------------------------------- what was seen */

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static int parse_functions(struct json_object *array, struct patch_content *content)
{
	size_t n = json_object_array_length(array);

	content->functions = calloc(n ?: 1, sizeof(*content->functions));
	if (!content->functions)
		return -ENOMEM;
	for (; content->n_functions < n; content->n_functions++) {
		struct json_object *item = json_object_array_get_idx(array, content->n_functions);
		struct klp_function *function = content->functions + content->n_functions;

		function->sympos = (uint32_t)json_object_get_uint64(json_object_object_get(item, "sympos"));
		function->symbol = strdup(get(item, "symbol"));
		function->module = strdup(get(item, "module"));
		if (!function->symbol || !function->module) {
			free(function->symbol);
			free(function->module);
			return -ENOMEM;
		}
	}
	content->known = true;
	return 0;
}

static int recall(const char *state, const char *sha256, struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content content = { 0 };
	_cleanup_(lpd_json_putp) struct json_object *object = NULL;
	_cleanup_close_ int dir = -1, fd = -1;
	_cleanup_free_ char *text = NULL;
	struct json_object *functions;
	int r;

	r = lpd_open_folder_in(state, "contents", false, &dir);
	if (r < 0)
		return r;
	fd = openat(dir, sha256, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = lpd_read_fd(fd, CONTENT_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	object = json_tokener_parse(text);
	if (klp_replace_from_name(get(object, "replace"), &content.replace) < 0)
		return -EBADMSG;
	if (json_object_object_get_ex(object, "functions", &functions) &&
	    json_object_is_type(functions, json_type_array)) {
		r = parse_functions(functions, &content);
		if (r < 0)
			return r;
	}
	*ret = content;
	content = (struct patch_content){ 0 };
	return 0;
}

/* Takes from @seen what is not known of @content. */
static void complete(struct patch_content *content, struct patch_content *seen)
{
	if (content->replace == KLP_REPLACE_UNKNOWN)
		content->replace = seen->replace;
	if (content->known)
		return;
	content->known = seen->known;
	content->functions = TAKE_PTR(seen->functions);
	content->n_functions = TAKE(seen->n_functions, 0);
}

static struct json_object *to_json(const struct patch_content *content)
{
	struct json_object *object = json_object_new_object(), *functions;

	json_object_object_add(object, "replace", json_object_new_string(klp_replace_name(content->replace)));
	if (!content->known)
		return object;
	functions = json_object_new_array();
	json_object_object_add(object, "functions", functions);
	for (size_t i = 0; i < content->n_functions; i++) {
		const struct klp_function *function = content->functions + i;
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "symbol", json_object_new_string(function->symbol));
		json_object_object_add(item, "module", json_object_new_string(function->module));
		json_object_object_add(item, "sympos", json_object_new_uint64(function->sympos));
		json_object_array_add(functions, item);
	}
	return object;
}

/* The one that was written first goes, where there are too many. */
static void forget_oldest(int dir)
{
	_cleanup_(closedirp) DIR *entries = NULL;
	char oldest[SHA256_HEX_SIZE] = "";
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	struct stat st;
	time_t since = 0;
	unsigned int n = 0;

	entries = fd < 0 ? NULL : fdopendir(fd);
	if (!entries && fd >= 0)
		(void)close(fd);
	while (entries && (entry = readdir(entries))) {
		if (strlen(entry->d_name) != SHA256_HEX_SIZE - 1 || fstatat(dir, entry->d_name, &st, 0) < 0)
			continue;
		if (n++ == 0 || st.st_mtime < since) {
			since = st.st_mtime;
			strcpy(oldest, entry->d_name);
		}
	}
	if (n > CONTENTS_MAX)
		(void)unlinkat(dir, oldest, 0);
}

int patch_file_remember(const char *state, const char *sha256, const struct patch_content *content)
{
	_cleanup_(patch_content_clear) struct patch_content known = { 0 };
	_cleanup_(lpd_json_putp) struct json_object *was = NULL, *is = NULL;
	_cleanup_close_ int dir = -1;
	const char *text;
	int r;

	r = recall(state, sha256, &known);
	if (r == -ENOMEM)
		return r;
	was = to_json(&known);
	is = to_json(&(struct patch_content){
		.replace = content->replace ?: known.replace,
		.known = content->known || known.known,
		.functions = content->known ? content->functions : known.functions,
		.n_functions = content->known ? content->n_functions : known.n_functions,
	});
	if (r >= 0 && json_object_equal(was, is))
		return 0;
	text = json_object_to_json_string_ext(is, JSON_C_TO_STRING_PRETTY);
	r = lpd_open_folder_in(state, "contents", true, &dir);
	if (r < 0)
		return r;
	r = lpd_write_atomic(dir, sha256, text, strlen(text));
	if (r >= 0)
		forget_oldest(dir);
	return r;
}

int patch_file_content(const char *state, const struct module_file *file, const struct klp_layout *layout,
		       struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content seen = { 0 };
	int r = 0;

	if (file->helper)
		layout = &klp_layout_of_helper;
	if (layout)
		r = klp_file_read(file->data, file->size, layout, ret);
	if (r == -ENOMEM)
		return r;
	/* The helper knows no such thing. */
	if (file->helper)
		ret->replace = KLP_REPLACE_NO;
	if (state && (!ret->known || ret->replace == KLP_REPLACE_UNKNOWN)) {
		r = recall(state, file->sha256, &seen);
		if (r == -ENOMEM)
			return r;
		complete(ret, &seen);
	}
	return 0;
}
