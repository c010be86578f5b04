// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <gelf.h>

#include "util/elf-object.h"
#include "util/util.h"

/* What is not in the file is zero; nobody asks for more of it at once. */
static const char zeros[256];

void elf_object_clear(struct elf_object *object)
{
	free(object->relocations);
	if (object->elf)
		(void)elf_end(object->elf);
	*object = (struct elf_object){ 0 };
}

/* ---------------------------------------------------------------- sections */

static bool section_header(const struct elf_object *object, size_t section, GElf_Shdr *ret)
{
	Elf_Scn *scn = section ? elf_getscn(object->elf, section) : NULL;

	return scn && gelf_getshdr(scn, ret);
}

size_t elf_object_section(const struct elf_object *object, const char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(object->elf, &names) < 0)
		return 0;
	while ((scn = elf_nextscn(object->elf, scn))) {
		const char *is = gelf_getshdr(scn, &header) ? elf_strptr(object->elf, names, header.sh_name) : NULL;

		if (is && lpd_streq(is, name))
			return elf_ndxscn(scn);
	}
	return 0;
}

bool elf_object_is_code(const struct elf_object *object, size_t section)
{
	GElf_Shdr header;

	return section_header(object, section, &header) && (header.sh_flags & SHF_EXECINSTR);
}

bool elf_object_is_data(const struct elf_object *object, size_t section)
{
	GElf_Shdr header;

	return section_header(object, section, &header) && (header.sh_flags & SHF_ALLOC) &&
	       !(header.sh_flags & SHF_EXECINSTR);
}

static const Elf_Data *section_data(const struct elf_object *object, size_t section)
{
	Elf_Scn *scn = section ? elf_getscn(object->elf, section) : NULL;

	return scn ? elf_getdata(scn, NULL) : NULL;
}

size_t elf_object_size(const struct elf_object *object, size_t section)
{
	const Elf_Data *data = section_data(object, section);

	return data ? data->d_size : 0;
}

const void *elf_object_bytes(const struct elf_object *object, struct place where, size_t size)
{
	const Elf_Data *data = section_data(object, where.section);
	GElf_Shdr header;

	if (!data || where.offset > data->d_size || size > data->d_size - where.offset)
		return NULL;
	if (data->d_buf)
		return (const char *)data->d_buf + where.offset;
	return section_header(object, where.section, &header) && header.sh_type == SHT_NOBITS && size <= sizeof(zeros) ?
		       zeros :
		       NULL;
}

const char *elf_object_string(const struct elf_object *object, struct place where)
{
	const Elf_Data *data = section_data(object, where.section);
	const char *text;

	if (!data || !data->d_buf || where.offset >= data->d_size)
		return NULL;
	text = (const char *)data->d_buf + where.offset;
	return memchr(text, '\0', data->d_size - where.offset) ? text : NULL;
}

/* -------------------------------------------------------------- relocations */

static int compare_places(struct place a, struct place b)
{
	if (a.section != b.section)
		return a.section < b.section ? -1 : 1;
	return (a.offset > b.offset) - (a.offset < b.offset);
}

static int by_place(const void *a, const void *b)
{
	const struct relocation *x = a, *y = b;

	return compare_places(x->at, y->at);
}

static int add_relocations(struct elf_object *object, Elf_Scn *scn, const GElf_Shdr *header)
{
	size_t target = header->sh_info, n = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	bool in_code = elf_object_is_code(object, target);
	Elf_Data *data = elf_getdata(scn, NULL);
	struct relocation *grown;
	GElf_Rela rela;
	GElf_Sym symbol;

	if (!data || n == 0 || (!in_code && !elf_object_is_data(object, target)))
		return 0;
	/* Not more than there are bytes for. */
	if (n > data->d_size)
		return -EBADMSG;
	grown = reallocarray(object->relocations, object->n_relocations + n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	object->relocations = grown;
	for (size_t i = 0; i < n && gelf_getrela(data, (int)i, &rela); i++) {
		const char *name;

		if (!gelf_getsym(object->symbols, (int)GELF_R_SYM(rela.r_info), &symbol))
			continue;
		name = elf_strptr(object->elf, object->strings, symbol.st_name);
		grown[object->n_relocations++] = (struct relocation){
			.at = { target, rela.r_offset },
			.to = { symbol.st_shndx, symbol.st_value + (uint64_t)rela.r_addend },
			.symbol = name ?: "",
			.in_code = in_code,
			.relative = GELF_R_TYPE(rela.r_info) == R_X86_64_PC32 ||
				    GELF_R_TYPE(rela.r_info) == R_X86_64_PLT32,
		};
	}
	return 0;
}

static int read_relocations(struct elf_object *object)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	int r = 0;

	while (r >= 0 && (scn = elf_nextscn(object->elf, scn)))
		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_RELA)
			r = add_relocations(object, scn, &header);
	if (object->n_relocations > 0)
		qsort(object->relocations, object->n_relocations, sizeof(object->relocations[0]), by_place);
	return r;
}

static const struct relocation *find_relocation(const struct elf_object *object, struct place where)
{
	const struct relocation key = { .at = where };

	if (object->n_relocations == 0)
		return NULL;
	return bsearch(&key, object->relocations, object->n_relocations, sizeof(key), by_place);
}

int elf_object_pointer(const struct elf_object *object, struct place where, struct place *ret)
{
	const void *bytes = elf_object_bytes(object, where, sizeof(void *));
	const struct relocation *relocation;

	*ret = (struct place){ 0 };
	if (!bytes)
		return -EBADMSG;
	relocation = find_relocation(object, where);
	if (!relocation)
		return memcmp(bytes, zeros, sizeof(void *)) == 0 ? 0 : -EBADMSG;
	*ret = relocation->to;
	return 1;
}

bool relocation_reaches(const struct relocation *relocation, struct place where, unsigned int immediate)
{
	struct place to = relocation->to;

	/* The processor counts from the end of the instruction, which is that much behind the address. */
	if (relocation->relative)
		to.offset += 4 + immediate;
	return compare_places(to, where) == 0;
}

/* ------------------------------------------------------------------ symbols */

const char *elf_object_function(const struct elf_object *object, struct place where)
{
	GElf_Sym symbol;

	for (int i = 0; where.section && gelf_getsym(object->symbols, i, &symbol); i++)
		if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx == where.section &&
		    symbol.st_value == where.offset)
			return elf_strptr(object->elf, object->strings, symbol.st_name);
	return NULL;
}

static int find_symbols(struct elf_object *object)
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

int elf_object_open(const void *data, size_t size, struct elf_object *ret)
{
	struct elf_object object = { 0 };
	GElf_Ehdr header;
	int r = -EBADMSG;

	(void)elf_version(EV_CURRENT);
	object.elf = elf_memory((char *)data, size);
	if (object.elf && gelf_getehdr(object.elf, &header) && header.e_type == ET_REL &&
	    header.e_ident[EI_CLASS] == (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32))
		r = find_symbols(&object);
	if (r >= 0)
		r = read_relocations(&object);
	if (r < 0)
		elf_object_clear(&object);
	else
		*ret = object;
	return r;
}
