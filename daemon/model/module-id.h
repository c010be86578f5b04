/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MODULE_ID_H
#define LIVEPATCHD_MODULE_ID_H

/* What identifies a module, as text with its NUL: of its file, of its build, by its name. */
enum {
	SHA256_HEX_SIZE = 65,
	BUILD_ID_HEX_SIZE = 129,
	SRCVERSION_SIZE = 64,
	MODULE_NAME_SIZE = 56,
};

#endif
