// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <link.h>
#include <stdlib.h>

#include "kernel/build-id.h"
#include "kernel/module-file.h"

struct note {
	ElfW(Nhdr) header;
	char name[4];
	unsigned char id[4];
};

struct object {
	ElfW(Ehdr) header;
	ElfW(Shdr) sections[2];
	struct note other;
	struct note note;
};

static struct object make(void)
{
	struct object object = {
		.header = {
			.e_ident = ELFMAG,
			.e_type = ET_REL,
			.e_shoff = offsetof(struct object, sections),
			.e_shentsize = sizeof(ElfW(Shdr)),
			.e_shnum = 2,
		},
		.sections[1] = {
			.sh_type = SHT_NOTE,
			.sh_offset = offsetof(struct object, other),
			.sh_size = 2 * sizeof(struct note),
		},
		.other = { { 4, 4, 1 }, "Lnx", { 1, 1, 1, 1 } },
		.note = { { 4, 4, NT_GNU_BUILD_ID }, "GNU", { 0xde, 0xad, 0x0b, 0xef } },
	};

	object.header.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	return object;
}

static void found(void **state)
{
	struct object object = make();
	char id[BUILD_ID_HEX_SIZE];

	(void)state;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), 0);
	assert_string_equal(id, "dead0bef");
	assert_int_equal(build_id_from_notes(&object.other, 2 * sizeof(struct note), id), 0);
	object.sections[1].sh_type = SHT_PROGBITS;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -ENOENT);
}

static void no_object(void **state)
{
	struct object object = make();
	char id[BUILD_ID_HEX_SIZE];

	(void)state;
	assert_int_equal(build_id_from_elf("text", 4, id), -EBADMSG);
	object.header.e_type = ET_EXEC;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -EBADMSG);
	object = make();
	object.header.e_shoff = sizeof(object);
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -EBADMSG);
	object = make();
	object.header.e_shoff = (ElfW(Off)) - 8;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -EBADMSG);
	object = make();
	object.note.header.n_descsz = UINT32_MAX;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -ENOENT);
	object = make();
	object.sections[1].sh_offset = sizeof(object) + 1;
	assert_int_equal(build_id_from_elf(&object, sizeof(object), id), -ENOENT);
}

/* Whatever is cut off: nothing outside is read. */
static void cut(void **state)
{
	struct object object = make();
	char id[BUILD_ID_HEX_SIZE];

	(void)state;
	for (size_t n = 0; n < sizeof(object); n++) {
		char *exact = malloc(n ?: 1);

		memcpy(exact, &object, n);
		assert_true(build_id_from_elf(exact, n, id) < 0);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(no_object),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
