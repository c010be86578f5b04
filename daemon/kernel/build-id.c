// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <link.h>

#include "kernel/build-id.h"
#include "util/hex.h"
#include "util/util.h"

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

int build_id_from_notes(const void *data, size_t size, char ret[BUILD_ID_HEX_SIZE])
{
	const uint8_t *p = data;

	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, desc;

		memcpy(&note, p, sizeof(note));
		p += sizeof(note);
		size -= sizeof(note);
		name = align4(note.n_namesz);
		desc = align4(note.n_descsz);
		if (name > size || desc > size - name)
			return -ENOENT;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(p, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 && note.n_descsz > 0 &&
		    note.n_descsz <= (BUILD_ID_HEX_SIZE - 1) / 2) {
			lpd_hex(ret, p + name, note.n_descsz);
			return 0;
		}
		p += name + desc;
		size -= name + desc;
	}
	return -ENOENT;
}

int build_id_from_elf(const void *data, size_t size, char ret[BUILD_ID_HEX_SIZE])
{
	const uint8_t *bytes = data;
	ElfW(Ehdr) header;

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_REL ||
	    header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_shentsize != sizeof(ElfW(Shdr)))
		return -EBADMSG;
	if (header.e_shoff > size || (size - header.e_shoff) / sizeof(ElfW(Shdr)) < header.e_shnum)
		return -EBADMSG;

	for (size_t i = 0; i < header.e_shnum; i++) {
		ElfW(Shdr) section;

		memcpy(&section, bytes + header.e_shoff + i * sizeof(section), sizeof(section));
		if (section.sh_type != SHT_NOTE || section.sh_offset > size ||
		    section.sh_size > size - section.sh_offset)
			continue;
		if (build_id_from_notes(bytes + section.sh_offset, section.sh_size, ret) >= 0)
			return 0;
	}
	return -ENOENT;
}
