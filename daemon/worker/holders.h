/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HOLDERS_H
#define LIVEPATCHD_HOLDERS_H

#include <json-c/json.h>

#include "kernel/klp-sysfs.h"
#include "model/failure.h"
#include "model/function-name.h"

/*
 * The helper knows that a function is held, but not by whom: that takes a look at
 * the whole kernel.
 */

/**
 * holders_of_patch - an operation_work_t on a struct kernel_request
 *
 * Result: holders, who holds functions that the patch was to redirect; none where nobody is seen.
 */
int holders_of_patch(const void *request, struct json_object *result, struct failure *failure);

/**
 * struct holders_query - whose holders are sought
 * @function: it was to call a trampoline
 */
struct holders_query {
	struct klp_root root;
	struct function_name function;
};

/** holders_of_function - an operation_work_t on a struct holders_query; result: as of holders_of_patch() */
int holders_of_function(const void *query, struct json_object *result, struct failure *failure);

#endif
