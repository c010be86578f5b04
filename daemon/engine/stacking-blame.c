// SPDX-License-Identifier: GPL-2.0-only
#include "engine/stacking-blame.h"
#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "peers/owners.h"
#include "util/time-util.h"

#define BLAME_USEC (30 * USEC_PER_SEC)

/**
 * struct blame_request - whose functions somebody else holds
 */
struct blame_request {
	struct klp_root root;
	const struct klp_function *functions;
	size_t n_functions;
};

static int look(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct blame_request *request = argument;
	_cleanup_free_ char *owners = NULL;
	int r;

	(void)failure;
	r = peers_owners_of_redirected(&request->root, request->functions, request->n_functions, &owners);
	if (r > 0)
		json_object_object_add(result, "owners", json_object_new_string(owners));
	return r;
}

int stacking_blame(struct manager *m, const struct patch *patch, operation_done_t done, void *userdata)
{
	const struct blame_request request = {
		.root = m->setup.root,
		.functions = patch ? patch->functions : NULL,
		.n_functions = patch ? patch->n_functions : 0,
	};

	return operation_start(m->operations, "see who holds a function", BLAME_USEC, look, &request, done, userdata);
}

void stacking_blamed(struct job *job, struct json_object *result)
{
	const char *owners = json_object_get_string(json_object_object_get(result, "owners"));

	if (owners)
		(void)failure_set(&job->helper.failed, FAILURE_CONFLICT,
				  "Only one can redirect a function, and %s is not the first: %s.", job->name, owners);
}
