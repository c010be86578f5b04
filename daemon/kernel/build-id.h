/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BUILD_ID_H
#define LIVEPATCHD_BUILD_ID_H

#include <stddef.h>

#include "model/module-id.h"

/**
 * build_id_from_elf - find the build ID of a relocatable object
 * @data: the object; need not be a valid one
 * @size: of @data
 * @ret: hex
 *
 * Return: 0, -ENOENT if it has none, -EBADMSG if it is no object of this
 * machine's word size.
 */
int build_id_from_elf(const void *data, size_t size, char ret[BUILD_ID_HEX_SIZE]);

/** build_id_from_notes - the same in a section of notes, as sysfs shows of loaded modules */
int build_id_from_notes(const void *data, size_t size, char ret[BUILD_ID_HEX_SIZE]);

#endif
