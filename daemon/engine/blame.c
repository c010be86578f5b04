// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "engine/blame.h"
#include "kernel/klp-sysfs.h"
#include "peers/owners.h"
#include "util/time-util.h"

#define BLAME_USEC (30 * USEC_PER_SEC)

struct blame {
	LIST_ENTRY(blame) link;
	struct klp_root root;
	struct codec_transition seen;
	blame_done_t done;
	void *userdata;
};

static int look(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct blame *blame = argument;
	_cleanup_free_ char *owner = NULL;
	int r;

	(void)failure;
	r = peers_owner_of_traced(&blame->root, &blame->seen.function, &owner);
	if (r > 0)
		json_object_object_add(result, "owner", json_object_new_string(owner));
	return r;
}

static void on_looked(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct blame *blame = userdata;
	const char *owner = NULL;

	(void)failure;
	if (r >= 0)
		owner = json_object_get_string(json_object_object_get(result, "owner"));
	LIST_REMOVE(blame, link);
	blame->done(&blame->seen, owner ?: blame->seen.message, blame->userdata);
	free(blame);
}

int blame_start(struct blames *blames, struct manager *m, const struct codec_transition *seen, blame_done_t done,
		void *userdata)
{
	struct blame *blame;
	int r;

	LIST_FOREACH(blame, blames, link)
		if (blame->seen.id == seen->id)
			return 0;
	blame = malloc(sizeof(*blame));
	if (!blame)
		return -ENOMEM;
	*blame = (struct blame){ .root = m->setup.root, .seen = *seen, .done = done, .userdata = userdata };
	r = operation_start(m->operations, "see who holds a function", BLAME_USEC, look, blame, on_looked, blame);
	if (r < 0) {
		free(blame);
		return r;
	}
	LIST_INSERT_HEAD(blames, blame, link);
	return 0;
}

void blames_clear(struct blames *blames, struct manager *m)
{
	struct blame *blame;

	while ((blame = LIST_FIRST(blames))) {
		operations_forget(m->operations, blame);
		LIST_REMOVE(blame, link);
		free(blame);
	}
}
