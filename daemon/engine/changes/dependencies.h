/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DEPENDENCIES_H
#define LIVEPATCHD_DEPENDENCIES_H

#include "engine/changes/change-request.h"
#include "engine/engine.h"

/*
 * What the drop-ins, and the kernel command line, declare of a patch against
 * what is loaded or about to be.
 */

/** dependency_wanted_t - whether a patch is in the kernel, or will be when its turn comes */
typedef bool (*dependency_wanted_t)(const char *name, void *userdata);

/** dependencies_check_load - whether a patch may be loaded beside those that are @wanted */
int dependencies_check_load(const struct engine *engine, const struct change_request *request,
			    dependency_wanted_t wanted, void *userdata, struct failure *failure);

/** dependencies_check_same - whether the loaded module is the file's; -EBADE: it is not, or nothing tells */
int dependencies_check_same(const struct engine *engine, const struct change_request *request,
			    struct failure *failure);

/** dependencies_check_unload - whether those that are @wanted can do without a patch */
int dependencies_check_unload(const struct change_request *request, dependency_wanted_t wanted, void *userdata,
			      struct failure *failure);

#endif
