/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_MEASURABLE_H
#define LIVEPATCHD_MEASURABLE_H

#include <json-c/json.h>

#include "failure.h"
#include "function-name.h"

struct btf;

/*
 * Of which functions the returns can be caught: the helper calls their bodies from a
 * frame of its own, so that none of their arguments may be on the stack. The
 * kernel's BTF tells. It may block.
 */

/**
 * struct measurable_query - what is to be measured
 */
struct measurable_query {
	const struct function_name *functions;
	size_t n_functions;
};

/**
 * measurable_check - are all arguments of a function in registers?
 * @btf: of the kernel, or of the function's module
 * @function: its name
 * @why: set to what stands against it, to be freed; NULL: nothing
 *
 * Return: 0, -ENOMEM.
 */
int measurable_check(const struct btf *btf, const char *function, char **why);

/**
 * measurable_look - an operation_work_t: look at the functions of a query
 * @query: struct measurable_query
 * @result: gets {refused}: [{function, reason}]
 * @failure: filled in when the return value is -EBADE
 */
int measurable_look(const void *query, struct json_object *result, struct failure *failure);

#endif
