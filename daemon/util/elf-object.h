/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_ELF_OBJECT_H
#define LIVEPATCHD_ELF_OBJECT_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a compiler makes, and what a kernel module is before it is loaded: an
 * object whose pointers are relocations. It need not make sense, and is never left.
 */

/**
 * struct place - a place in an object
 * @section: its section's index, 0: nowhere
 * @offset: in it
 */
struct place {
	size_t section;
	uint64_t offset;
};

/**
 * struct relocation - something that is filled in when the object is loaded
 * @at: what is
 * @to: where it points to; nowhere if that is no part of the object
 * @symbol: what it is relative to; "" where that has no name
 * @in_code: @at is an instruction's
 * @relative: it is counted from @at, as x86's instructions count
 */
struct relocation {
	struct place at;
	struct place to;
	const char *symbol;
	bool in_code;
	bool relative;
};

/**
 * struct elf_object - the object
 * @symbols: its table of symbols, whose names are in the section @strings
 * @relocations: of all that is loaded, sorted by @at; owned
 */
struct elf_object {
	Elf *elf;
	Elf_Data *symbols;
	size_t strings;
	struct relocation *relocations;
	size_t n_relocations;
};

/**
 * elf_object_open - read an object
 * @data: has to live on
 * @size: of @data
 *
 * Return: 0, -EBADMSG if it is no relocatable object of this machine, -ENOMEM.
 */
int elf_object_open(const void *data, size_t size, struct elf_object *ret);

void elf_object_clear(struct elf_object *object);

/** elf_object_section - the index of the section @name, 0: there is none */
size_t elf_object_section(const struct elf_object *object, const char *name);

/** elf_object_is_code - whether a section is executed; data is what is loaded and is not */
bool elf_object_is_code(const struct elf_object *object, size_t section);
bool elf_object_is_data(const struct elf_object *object, size_t section);

/** elf_object_bytes - the @size bytes that stand where @where is; NULL: it has not as many */
const void *elf_object_bytes(const struct elf_object *object, struct place where, size_t size);

/** elf_object_size - the size of a section */
size_t elf_object_size(const struct elf_object *object, size_t section);

/** elf_object_string - the text at @where, NULL: there is none */
const char *elf_object_string(const struct elf_object *object, struct place where);

/**
 * elf_object_pointer - follow a pointer
 * @object: the object
 * @where: where the pointer is
 * @ret: where it points to; nowhere, if not into the object
 *
 * Return: 1, 0 if it is NULL, -EBADMSG if there is none.
 */
int elf_object_pointer(const struct elf_object *object, struct place where, struct place *ret);

/** elf_object_function - the symbol of the function that begins at @where, NULL: there is none */
const char *elf_object_function(const struct elf_object *object, struct place where);

/**
 * relocation_reaches - whether the instruction that @relocation is in uses what is at @where
 * @immediate: bytes of the instruction that come after the address
 */
bool relocation_reaches(const struct relocation *relocation, struct place where, unsigned int immediate);

#endif
