// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>

#include "kernel/klp-file.h"
#include "model/klp-patch.h"
#include "model/patch-content.h"

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
	struct klp_layout layout = { 0 };
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

/* ----------------------------------------------------------------- object */

/**
 * struct place - a place in an object
 * @section: its section's index, 0: nowhere
 * @offset: in it
 */
struct place {
	size_t section;
	uint64_t offset;
};

struct object {
	Elf *elf;
	Elf_Data *symbols;
	size_t strings;
	const struct klp_layout *layout;
};

static void elf_endp(Elf **elf)
{
	if (*elf)
		(void)elf_end(*elf);
}

static const Elf_Data *section_data(const struct object *object, size_t section)
{
	Elf_Scn *scn = elf_getscn(object->elf, section);

	return scn ? elf_getdata(scn, NULL) : NULL;
}

/* Whether @size bytes stand where @where is; *@ret points to them. */
static bool bytes_at(const struct object *object, struct place where, size_t size, const void **ret)
{
	const Elf_Data *data = section_data(object, where.section);

	if (!data || !data->d_buf || where.offset > data->d_size || size > data->d_size - where.offset)
		return false;
	*ret = (const char *)data->d_buf + where.offset;
	return true;
}

static const char *string_at(const struct object *object, struct place place)
{
	const Elf_Data *data = section_data(object, place.section);
	const char *text;

	if (!data || !data->d_buf || place.offset >= data->d_size)
		return NULL;
	text = (const char *)data->d_buf + place.offset;
	return memchr(text, '\0', data->d_size - place.offset) ? text : NULL;
}

/* Where the pointer at @place points to; nowhere if nothing relocates it. */
static struct place follow(const struct object *object, struct place place)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Rela rela;
	GElf_Sym symbol;

	while ((scn = elf_nextscn(object->elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA || header.sh_info != place.section)
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && gelf_getrela(data, i, &rela); i++)
			if (rela.r_offset == place.offset &&
			    gelf_getsym(object->symbols, (int)GELF_R_SYM(rela.r_info), &symbol))
				return (struct place){ symbol.st_shndx, symbol.st_value + (uint64_t)rela.r_addend };
	}
	return (struct place){ 0 };
}

static struct place at(struct place base, size_t offset)
{
	return (struct place){ base.section, base.offset + offset };
}

/* ------------------------------------------------------------------ patch */

/* The symbol of the function that begins there; NULL: there is none, or no memory. */
static char *function_at(const struct object *object, struct place where)
{
	GElf_Sym symbol;

	for (int i = 0; where.section && gelf_getsym(object->symbols, i, &symbol); i++)
		if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx == where.section &&
		    symbol.st_value == where.offset) {
			const char *name = elf_strptr(object->elf, object->strings, symbol.st_name);

			return name ? strdup(name) : NULL;
		}
	return NULL;
}

static int add_function(struct patch_content *file, const char *module, const char *symbol, uint32_t sympos, char *body)
{
	struct klp_function *grown, *function;

	if (file->n_functions >= FUNCTIONS_MAX) {
		free(body);
		return -EBADMSG;
	}
	grown = reallocarray(file->functions, file->n_functions + 1, sizeof(*grown));
	if (!grown) {
		free(body);
		return -ENOMEM;
	}
	file->functions = grown;
	function = grown + file->n_functions++;
	*function = (struct klp_function){
		.symbol = strdup(symbol),
		.module = strdup(module),
		.sympos = sympos,
		.body = body,
	};
	return function->symbol && function->module ? 0 : -ENOMEM;
}

static int read_functions(const struct object *object, struct place functions, const char *module,
			  struct patch_content *file)
{
	const struct klp_layout *layout = object->layout;

	for (struct place function = functions;; function = at(function, layout->function_size)) {
		struct place name = follow(object, at(function, layout->function_old_name));
		const char *symbol = string_at(object, name);
		unsigned long sympos;
		const void *bytes;
		int r;

		if (!name.section)
			return 0;
		if (!symbol || !bytes_at(object, at(function, layout->function_sympos), sizeof(sympos), &bytes))
			return -EBADMSG;
		memcpy(&sympos, bytes, sizeof(sympos));
		r = add_function(file, module, symbol, (uint32_t)sympos,
				 function_at(object, follow(object, at(function, layout->function_new_func))));
		if (r < 0)
			return r;
	}
}

static int read_objects(const struct object *object, struct place objects, struct patch_content *file)
{
	const struct klp_layout *layout = object->layout;

	for (size_t i = 0; i < OBJECTS_MAX; i++) {
		struct place entry = at(objects, i * layout->object_size);
		struct place name = follow(object, at(entry, layout->object_name));
		struct place functions = follow(object, at(entry, layout->object_funcs));
		const char *module = name.section ? string_at(object, name) : "vmlinux";
		int r;

		if (!name.section && !functions.section)
			return 0;
		if (!module || !functions.section)
			return -EBADMSG;
		r = read_functions(object, functions, module, file);
		if (r < 0)
			return r;
	}
	return -EBADMSG;
}

/* A struct klp_patch begins with a pointer to its module, which nothing else in a patch's data has. */
static int read_patch(const struct object *object, struct place mod, struct patch_content *file)
{
	const struct klp_layout *layout = object->layout;
	struct place patch, objects;
	const void *replace = NULL;

	if (mod.offset < layout->patch_mod)
		return 0;
	patch = at(mod, -layout->patch_mod);
	objects = follow(object, at(patch, layout->patch_objs));
	if (!objects.section)
		return 0;
	if (layout->patch_replace != KLP_LAYOUT_NO_REPLACE &&
	    !bytes_at(object, at(patch, layout->patch_replace), sizeof(bool), &replace))
		return 0;
	file->replace = replace && *(const unsigned char *)replace;
	file->known = true;
	return read_objects(object, objects, file);
}

static bool is_this_module(const struct object *object, const GElf_Rela *rela)
{
	const char *name;
	GElf_Sym symbol;

	if (!gelf_getsym(object->symbols, (int)GELF_R_SYM(rela->r_info), &symbol))
		return false;
	name = elf_strptr(object->elf, object->strings, symbol.st_name);
	return name && lpd_streq(name, "__this_module");
}

static int find_patch(const struct object *object, struct patch_content *file)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header, target;
	GElf_Rela rela;
	int r = 0;

	while ((scn = elf_nextscn(object->elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_RELA ||
		    !gelf_getshdr(elf_getscn(object->elf, header.sh_info), &target) ||
		    target.sh_type != SHT_PROGBITS || (target.sh_flags & SHF_EXECINSTR))
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && !file->known && r >= 0 && gelf_getrela(data, i, &rela); i++)
			if (is_this_module(object, &rela))
				r = read_patch(object, (struct place){ header.sh_info, rela.r_offset }, file);
	}
	return r;
}

static int find_symbols(struct object *object)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(object->elf, scn)))
		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB) {
			object->symbols = elf_getdata(scn, NULL);
			object->strings = header.sh_link;
		}
	return object->symbols ? 0 : -EBADMSG;
}

int klp_file_read(const void *data, size_t size, const struct klp_layout *layout, struct patch_content *ret)
{
	_cleanup_(patch_content_clear) struct patch_content file = { 0 };
	_cleanup_(elf_endp) Elf *elf = NULL;
	struct object object = { .layout = layout };
	GElf_Ehdr header;
	int r;

	(void)elf_version(EV_CURRENT);
	elf = elf_memory((char *)data, size);
	if (!elf || !gelf_getehdr(elf, &header) || header.e_type != ET_REL ||
	    header.e_ident[EI_CLASS] != (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32))
		return -EBADMSG;
	object.elf = elf;
	r = find_symbols(&object);
	if (r < 0)
		return r;
	r = find_patch(&object, &file);
	if (r < 0)
		return r;
	if (file.n_functions > 0)
		qsort(file.functions, file.n_functions, sizeof(file.functions[0]), klp_compare_functions);
	*ret = file;
	file = (struct patch_content){ 0 };
	return 0;
}
