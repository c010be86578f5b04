/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HELD_FUNCTIONS_H
#define LIVEPATCHD_HELD_FUNCTIONS_H

#include "model/patch.h"

/**
 * held_functions_text - which functions the helper's patches hold, that nobody else may redirect
 * @patches: all there are
 * @functions: only of these; NULL: it is not known of which
 * @n: how many
 *
 * Return: "[MODULE:]SYMBOL (PATCH), ...", to be freed; NULL: they hold none.
 */
char *held_functions_text(const struct patches *patches, const struct klp_function *functions, size_t n);

#endif
