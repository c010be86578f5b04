// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/tracing/function-holder.h"
#include "util/time-util.h"
#include "worker/holders.h"
#include "worker/operation.h"

#define SEARCH_USEC (30 * USEC_PER_SEC)

struct holder_search {
	LIST_ENTRY(holder_search) link;
	struct codec_transition seen;
	holder_found_t found;
	void *userdata;
};

static void on_searched(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct holder_search *search = userdata;
	const char *holders = NULL;

	(void)failure;
	if (r >= 0)
		holders = json_object_get_string(json_object_object_get(result, "holders"));
	LIST_REMOVE(search, link);
	search->found(&search->seen, holders ?: search->seen.message, search->userdata);
	free(search);
}

int holder_search(struct holder_searches *searches, struct engine *engine, const struct codec_transition *seen,
		  holder_found_t found, void *userdata)
{
	const struct holders_query query = { .root = engine->setup.root, .function = seen->function };
	struct holder_search *search;
	int r;

	LIST_FOREACH(search, searches, link)
		if (search->seen.id == seen->id)
			return 0;
	search = malloc(sizeof(*search));
	if (!search)
		return -ENOMEM;
	*search = (struct holder_search){ .seen = *seen, .found = found, .userdata = userdata };
	r = operation_start(engine->operations, "see who holds a function", SEARCH_USEC, holders_of_function, &query,
			    on_searched, search);
	if (r < 0) {
		free(search);
		return r;
	}
	LIST_INSERT_HEAD(searches, search, link);
	return 0;
}

void holder_searches_clear(struct holder_searches *searches, struct engine *engine)
{
	struct holder_search *search;

	while ((search = LIST_FIRST(searches))) {
		operations_forget(engine->operations, search);
		LIST_REMOVE(search, link);
		free(search);
	}
}
