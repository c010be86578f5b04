// SPDX-License-Identifier: GPL-2.0-only
#include "model/patch.h"
#include "peers/holders.h"
#include "worker/holders.h"
#include "worker/kernel-request.h"

static void put(struct json_object *result, const char *holders)
{
	json_object_object_add(result, "holders", json_object_new_string(holders));
}

int holders_of_patch(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	const struct patch *patch = patches_find(request->patches, request->name);
	_cleanup_free_ char *holders = NULL;
	int r;

	(void)failure;
	/* Its functions are known as long as its module is there. */
	r = peers_holders_of_redirected(&request->root, patch ? patch->functions : NULL, patch ? patch->n_functions : 0,
					&holders);
	if (r > 0)
		put(result, holders);
	return r;
}

int holders_of_function(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct holders_query *query = argument;
	_cleanup_free_ char *holders = NULL;
	int r;

	(void)failure;
	r = peers_holders_of_traced(&query->root, &query->function, &holders);
	if (r > 0)
		put(result, holders);
	return r;
}
