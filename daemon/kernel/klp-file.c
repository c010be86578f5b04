// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>

#include "kernel/klp-file.h"
#include "model/klp-patch.h"
#include "model/patch-content.h"
#include "util/elf-object.h"

/* More than this is no patch. */
enum {
	OBJECTS_MAX = 1024,
	FUNCTIONS_MAX = 65536,
};

/* ----------------------------------------------------------------- layout */

struct wanted {
	const char *name;
	size_t *offset;
};

static int read_struct(const struct btf *btf, const char *name, const struct wanted *wanted, size_t n, size_t *ret_size)
{
	__s32 id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	const struct btf_type *type;
	const struct btf_member *members;
	size_t found = 0;

	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, (__u32)id);
	members = btf_members(type);
	for (__u16 i = 0; i < btf_vlen(type); i++)
		for (size_t j = 0; j < n; j++)
			if (lpd_streq(btf__name_by_offset(btf, members[i].name_off), wanted[j].name)) {
				*wanted[j].offset = btf_member_bit_offset(type, i) / 8;
				found++;
			}
	*ret_size = type->size;
	return found == n ? 0 : -ENOENT;
}

const struct klp_layout klp_layout_of_helper = {
	.enabled_by = "lph_patch_register",
	.patch_objs = sizeof(void *),
	.patch_replace = KLP_LAYOUT_NO_REPLACE,
	.object_size = 2 * sizeof(void *),
	.object_funcs = sizeof(void *),
	.function_size = 2 * sizeof(void *) + sizeof(unsigned long),
	.function_new_func = sizeof(void *),
	.function_sympos = 2 * sizeof(void *),
};

int klp_layout_from_btf(const struct btf *btf, struct klp_layout *ret)
{
	struct klp_layout layout = { .enabled_by = "klp_enable_patch" };
	const struct wanted patch[] = {
		{ "mod", &layout.patch_mod },
		{ "objs", &layout.patch_objs },
		{ "replace", &layout.patch_replace },
	};
	const struct wanted object[] = {
		{ "name", &layout.object_name },
		{ "funcs", &layout.object_funcs },
	};
	const struct wanted function[] = {
		{ "old_name", &layout.function_old_name },
		{ "new_func", &layout.function_new_func },
		{ "old_sympos", &layout.function_sympos },
	};
	size_t size;
	int r;

	r = read_struct(btf, "klp_patch", patch, ELEMENTSOF(patch), &size);
	if (r < 0)
		return r;
	r = read_struct(btf, "klp_object", object, ELEMENTSOF(object), &layout.object_size);
	if (r < 0)
		return r;
	r = read_struct(btf, "klp_func", function, ELEMENTSOF(function), &layout.function_size);
	if (r < 0)
		return r;
	*ret = layout;
	return 0;
}

/* ------------------------------------------------------------------ patch */

static struct place at(struct place base, size_t offset)
{
	return (struct place){ base.section, base.offset + offset };
}

static int add_function(struct patch_content *content, const char *module, const char *symbol, uint32_t sympos,
			const char *body)
{
	struct klp_function *grown, *function;

	if (content->n_functions >= FUNCTIONS_MAX)
		return -EBADMSG;
	grown = reallocarray(content->functions, content->n_functions + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	content->functions = grown;
	function = grown + content->n_functions++;
	*function = (struct klp_function){
		.symbol = strdup(symbol),
		.module = strdup(module),
		.sympos = sympos,
		.body = body ? strdup(body) : NULL,
	};
	return function->symbol && function->module && (!body || function->body) ? 0 : -ENOMEM;
}

static int read_number(const struct elf_object *object, struct place where, unsigned long *ret)
{
	const void *bytes = elf_object_bytes(object, where, sizeof(*ret));

	if (!bytes)
		return -EBADMSG;
	memcpy(ret, bytes, sizeof(*ret));
	return 0;
}

/* A name that a pointer leads to; NULL: it leads nowhere, "": to none. */
static int read_name(const struct elf_object *object, struct place where, const char **ret)
{
	struct place name;
	int r = elf_object_pointer(object, where, &name);

	*ret = NULL;
	if (r <= 0)
		return r;
	*ret = elf_object_is_data(object, name.section) ? elf_object_string(object, name) : NULL;
	return *ret && **ret ? 1 : -EBADMSG;
}

/* Of one function; 0: it is the empty one at the end. */
static int read_function(const struct elf_object *object, const struct klp_layout *layout, struct place function,
			 const char *module, struct patch_content *content)
{
	struct place body;
	unsigned long sympos;
	const char *symbol;
	int named, r;

	named = read_name(object, at(function, layout->function_old_name), &symbol);
	if (named < 0)
		return named;
	r = read_number(object, at(function, layout->function_sympos), &sympos);
	if (r < 0)
		return r;
	r = elf_object_pointer(object, at(function, layout->function_new_func), &body);
	if (r < 0)
		return r;
	if (!named && r == 0 && sympos == 0)
		return 0;
	if (!named || !elf_object_is_code(object, body.section))
		return -EBADMSG;
	r = add_function(content, module, symbol, (uint32_t)sympos, elf_object_function(object, body));
	return r < 0 ? r : 1;
}

/* Of one object; 0: it is the empty one at the end. */
static int read_object(const struct elf_object *object, const struct klp_layout *layout, struct place entry,
		       struct patch_content *content)
{
	struct place function;
	const char *module;
	int named, r;

	named = read_name(object, at(entry, layout->object_name), &module);
	if (named < 0)
		return named;
	r = elf_object_pointer(object, at(entry, layout->object_funcs), &function);
	if (r <= 0)
		return r < 0 || named ? -EBADMSG : 0;
	if (!elf_object_is_data(object, function.section))
		return -EBADMSG;
	do {
		r = read_function(object, layout, function, module ?: "vmlinux", content);
		function = at(function, layout->function_size);
	} while (r > 0);
	return r < 0 ? r : 1;
}

static int read_objects(const struct elf_object *object, const struct klp_layout *layout, struct place entry,
			struct patch_content *content)
{
	if (!elf_object_is_data(object, entry.section))
		return -EBADMSG;
	for (size_t i = 0; i < OBJECTS_MAX; i++) {
		int r = read_object(object, layout, at(entry, i * layout->object_size), content);

		/* One without any object is none. */
		if (r <= 0)
			return r < 0 || i == 0 ? -EBADMSG : 0;
	}
	return -EBADMSG;
}

/* Whether an instruction where @layout's function is called uses what is at @where. */
static bool is_used(const struct elf_object *object, const struct klp_layout *layout, struct place where,
		    unsigned int immediate)
{
	for (size_t i = 0; i < object->n_relocations; i++) {
		const struct relocation *use = object->relocations + i;

		if (!use->in_code || !relocation_reaches(use, where, immediate))
			continue;
		for (size_t j = 0; j < object->n_relocations; j++)
			if (object->relocations[j].at.section == use->at.section &&
			    lpd_streq(object->relocations[j].symbol, layout->enabled_by))
				return true;
	}
	return false;
}

static enum klp_replace read_replace(const struct elf_object *object, const struct klp_layout *layout,
				     struct place patch)
{
	struct place replace = at(patch, layout->patch_replace);
	const unsigned char *value;

	if (layout->patch_replace == KLP_LAYOUT_NO_REPLACE)
		return KLP_REPLACE_NO;
	value = elf_object_bytes(object, replace, sizeof(bool));
	/* What the module's init makes of it is seen when it is loaded. */
	if (!value || is_used(object, layout, replace, 0) || is_used(object, layout, replace, sizeof(bool)))
		return KLP_REPLACE_UNKNOWN;
	return *value ? KLP_REPLACE_YES : KLP_REPLACE_NO;
}

/* The patch that begins at @patch; -EBADMSG: none does. */
static int read_patch(const struct elf_object *object, const struct klp_layout *layout, struct place patch,
		      struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content content = { 0 };
	struct place objects;
	int r;

	if (!elf_object_is_data(object, patch.section) || !is_used(object, layout, patch, 0))
		return -EBADMSG;
	r = elf_object_pointer(object, at(patch, layout->patch_objs), &objects);
	if (r <= 0)
		return -EBADMSG;
	r = read_objects(object, layout, objects, &content);
	if (r < 0)
		return r;
	content.known = true;
	content.replace = read_replace(object, layout, patch);
	*ret = content;
	content = (struct patch_content){ 0 };
	return 0;
}

/*
 * A patch begins with a pointer to its module, as many a structure does. It is
 * the one whose objects and functions make sense, and that the code that enables
 * a patch uses; where several are like that, nobody knows.
 */
static int find_patch(const struct elf_object *object, const struct klp_layout *layout, struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content found = { 0 };

	for (size_t i = 0; i < object->n_relocations; i++) {
		const struct relocation *mod = object->relocations + i;
		_cleanup_(patch_content_clear) struct patch_content content = { 0 };
		int r;

		if (!lpd_streq(mod->symbol, "__this_module") || mod->at.offset < layout->patch_mod)
			continue;
		r = read_patch(object, layout, at(mod->at, -layout->patch_mod), &content);
		if (r == -EBADMSG)
			continue;
		if (r < 0 || found.known)
			return r;
		found = content;
		content = (struct patch_content){ 0 };
	}
	*ret = found;
	found = (struct patch_content){ 0 };
	return 0;
}

/* ----------------------------------------------------------------- kpatch */

/*
 * kpatch-build has a section of functions that the module's init makes a
 * livepatch of: the new one's address and size, the old one's, sympos, and the
 * names of function and object. Whether that replaces is in its code alone.
 */
enum {
	KPATCH_BODY = 0,
	KPATCH_SYMPOS = 32,
	KPATCH_SYMBOL = 40,
	KPATCH_MODULE = 48,
	KPATCH_SIZE = 56,
};

static int read_kpatch(const struct elf_object *object, size_t section, struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content content = { .known = true };
	size_t size = elf_object_size(object, section);

	if (size == 0 || size % KPATCH_SIZE != 0)
		return -EBADMSG;
	for (struct place function = { section, 0 }; function.offset < size; function = at(function, KPATCH_SIZE)) {
		const char *symbol, *module;
		unsigned long sympos;
		struct place body;
		int r;

		if (read_name(object, at(function, KPATCH_SYMBOL), &symbol) <= 0 ||
		    read_name(object, at(function, KPATCH_MODULE), &module) <= 0 ||
		    elf_object_pointer(object, at(function, KPATCH_BODY), &body) <= 0 ||
		    read_number(object, at(function, KPATCH_SYMPOS), &sympos) < 0)
			return -EBADMSG;
		r = add_function(&content, module, symbol, (uint32_t)sympos, elf_object_function(object, body));
		if (r < 0)
			return r;
	}
	*ret = content;
	content = (struct patch_content){ 0 };
	return 0;
}

int klp_file_read(const void *data, size_t size, const struct klp_layout *layout, struct patch_content *ret)
{
	_cleanup_(elf_object_clear) struct elf_object object = { 0 };
	struct patch_content content = { 0 };
	size_t kpatch;
	int r;

	r = elf_object_open(data, size, &object);
	if (r < 0)
		return r;
	kpatch = elf_object_section(&object, ".kpatch.funcs");
	r = kpatch ? read_kpatch(&object, kpatch, &content) : find_patch(&object, layout, &content);
	if (r < 0 && r != -EBADMSG)
		return r;
	if (content.n_functions > 0)
		qsort(content.functions, content.n_functions, sizeof(content.functions[0]), klp_compare_functions);
	*ret = content;
	return 0;
}
