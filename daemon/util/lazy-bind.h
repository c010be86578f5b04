/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_LAZY_BIND_H
#define LIVEPATCHD_LAZY_BIND_H

#include "util/util.h"

/**
 * lpd_lazy_bind - load @library, unless that was done before
 * @library: its soname
 * @function: one of its functions
 *
 * Called by lazy.S alone. Ends the process where there is no such library.
 * Return: the address of the function.
 */
void *lpd_lazy_bind(const char *library, const char *function);

#endif
