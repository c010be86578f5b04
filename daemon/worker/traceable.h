/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRACEABLE_H
#define LIVEPATCHD_TRACEABLE_H

#include <json-c/json.h>

#include "kernel/klp-sysfs.h"
#include "model/failure.h"
#include "model/function-name.h"

/*
 * Which functions patterns stand for: those that the kernel says can be
 * traced. It may block.
 */

/**
 * struct traceable_query - what is looked for
 * @root: whose functions
 * @patterns: [MODULE:]SYMBOL with *, ? and []; without MODULE: in the kernel itself
 * @n_patterns: how many
 * @names: functions that are meant anyway, and are not to be found once more
 * @n_names: how many
 * @max: no more than this, with @names
 */
struct traceable_query {
	struct klp_root root;
	char **patterns;
	size_t n_patterns;
	const struct function_name *names;
	size_t n_names;
	size_t max;
};

/**
 * traceable_expand - an operation_work_t: find the functions of a query
 * @query: struct traceable_query
 * @result: gets {functions, missing}: names, each once; patterns that none matches
 * @failure: filled in when the return value is -EBADE
 *
 * Of several functions of one name each is told, by its position; among them
 * may be some that cannot be traced.
 */
int traceable_expand(const void *query, struct json_object *result, struct failure *failure);

#endif
