/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_INSTALL_H
#define LIVEPATCHD_INSTALL_H

#include <json-c/json.h>

#include "model/failure.h"

/* Operations of struct kernel_ops. */
int install_patch(const void *request, struct json_object *result, struct failure *failure);
int uninstall_patch(const void *request, struct json_object *result, struct failure *failure);

#endif
