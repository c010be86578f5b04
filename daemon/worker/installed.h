/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_INSTALLED_H
#define LIVEPATCHD_INSTALLED_H

#include "model/failure.h"

/*
 * The patches that are installed for a kernel: files named after them in
 * STATE/patches/RELEASE.
 */

/**
 * installed_each_t - told of each installed patch
 * @name: the patch's
 * @path: its file's
 *
 * Return: negative to give up.
 */
typedef int (*installed_each_t)(const char *name, const char *path, void *userdata);

/** installed_each - go through the patches installed for the running kernel */
int installed_each(const char *state, installed_each_t each, void *userdata, struct failure *failure);

/** installed_find - the file of an installed patch; NULL if @name is not installed */
int installed_find(const char *state, const char *name, char **ret, struct failure *failure);

/** installed_is_file - whether a file, NULL: none, is where installed patches are */
bool installed_is_file(const char *state, const char *file);

/** installed_folder - the folder of those of the running kernel; to be freed */
int installed_folder(const char *state, char **ret);

/** installed_name_of - the name of the patch in a folder's entry, to be freed; 0: it is none */
int installed_name_of(const char *entry, char **ret);

#endif
