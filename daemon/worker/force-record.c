// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "messages.h"
#include "util/fs.h"
#include "util/log.h"
#include "worker/blockers.h"
#include "worker/kernel-request.h"
#include "worker/force-record.h"

enum {
	STACK_SIZE_MAX = 16 * 1024,
	/* All of them fit into what an operation may report, and nobody reads more. */
	RECORDED_MAX = 50,
};

static int64_t number(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static void add_stack(const char *proc, struct json_object *blocker)
{
	_cleanup_free_ char *path = NULL, *stack = NULL;

	if (asprintf(&path, "%s/%ju/task/%ju/stack", proc, (uintmax_t)number(blocker, "pid"),
		     (uintmax_t)number(blocker, "tid")) < 0)
		path = NULL;
	if (!path || lpd_read_file(path, STACK_SIZE_MAX, &stack, NULL) < 0)
		stack = NULL;
	json_object_object_add(blocker, "stack", json_object_new_string(stack ?: ""));
}

int force_record_look(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	struct json_object *blockers;
	int r;

	r = blockers_of_klp(argument, result, failure);
	if (r < 0)
		return r;
	blockers = json_object_object_get(result, "blockers");
	for (size_t i = 0; i < json_object_array_length(blockers) && i < RECORDED_MAX; i++)
		add_stack(request->root.proc, json_object_array_get_idx(blockers, i));
	return 0;
}

void force_record_tell(const char *patch, uint64_t transition, uint32_t uid, struct json_object *result)
{
	struct json_object *blockers = result ? json_object_object_get(result, "blockers") : NULL;
	size_t n = blockers ? json_object_array_length(blockers) : 0;

	if (!blockers)
		lpd_log_about(LOG_WARNING, patch, transition,
			      "It cannot be seen which tasks the transition of %s waits for.", patch);
	for (size_t i = 0; i < n && i < RECORDED_MAX; i++) {
		struct json_object *blocker = json_object_array_get_idx(blockers, i);
		const char *stack = text(blocker, "stack");

		lpd_log_event(LOG_WARNING, MESSAGE_LEFT_BEHIND, patch, transition, uid,
			      "%s is forced while thread %ji of process %ji (%s) has not moved: %s. Its kernel stack%s%s",
			      patch, (intmax_t)number(blocker, "tid"), (intmax_t)number(blocker, "pid"),
			      text(blocker, "comm"), text(blocker, "reason"), *stack ? ":\n" : " cannot be read.",
			      stack);
	}
	if (n > RECORDED_MAX)
		lpd_log_about(LOG_WARNING, patch, transition, "%zu more tasks have not moved to %s.",
			      n - RECORDED_MAX, patch);
}
