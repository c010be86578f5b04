/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_RELATIONS_H
#define LIVEPATCHD_RELATIONS_H

#include "engine/patching.h"

/*
 * What the drop-ins, and the kernel command line, declare of a patch against
 * what is loaded or about to be.
 */

/** relations_check_load - whether a patch may be loaded beside those there are */
int relations_check_load(struct manager *m, const struct patching_request *request, struct failure *failure);

/** relations_check_same - whether the loaded module is the file's; -EBADE: it is not, or nothing tells */
int relations_check_same(struct manager *m, const struct patching_request *request, struct failure *failure);

/** relations_check_unload - whether those there are can do without a patch */
int relations_check_unload(struct manager *m, const struct patching_request *request, struct failure *failure);

#endif
