/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CONF_FILES_H
#define LIVEPATCHD_CONF_FILES_H

#include "model/config.h"
#include "model/patch-conf.h"

/* The configuration and the drop-ins, as they are in /etc. */

/** config_load - config_parse() of the file @path; it need not be there, and cannot be read: a problem */
int config_load(struct config *config, const char *path, config_problem_t problem, void *userdata);

/**
 * patch_confs_load - read all drop-ins of a folder; it need not be there
 * @dir: the folder
 * @only: if not NULL, only what is wrong with this patch's drop-in is a
 *	failure; others that are wrong are logged and left out
 * @ret: those there are
 * @failure: says file, line and what is wrong
 */
int patch_confs_load(const char *dir, const char *only, struct patch_confs *ret, struct failure *failure);

#endif
