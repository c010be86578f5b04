/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACEFS_H
#define LIVEPATCHD_TRACEFS_H

#include "kernel/klp-sysfs.h"

/** tracefs_folder - where tracefs is: to be freed; NULL: no memory */
char *tracefs_folder(const struct klp_root *root);

/** tracefs_module - the module in brackets at @text, which is changed, or the kernel's name; what follows is *@rest */
const char *tracefs_module(char *text, char **rest);

#endif
