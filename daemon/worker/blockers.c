// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "kernel/klp-tasks.h"
#include "kernel/task-info.h"
#include "model/helper-names.h"
#include "model/klp-patch.h"
#include "worker/blockers.h"
#include "worker/kernel-request.h"

/* More than anybody reads, and less than an operation may report. */
enum { BLOCKERS_MAX = 4096 };

static void add(const char *pid, int threads, const char *tid, void *userdata)
{
	_cleanup_(task_info_clear) struct task_info info = { 0 };
	struct json_object *blockers = userdata, *blocker;

	if (json_object_array_length(blockers) == BLOCKERS_MAX)
		return;
	/* A thread that has exited since blocks nothing. */
	if (task_info_read(threads, tid, (pid_t)atoll(pid), &info) < 0)
		return;
	blocker = json_object_new_object();
	json_object_object_add(blocker, "pid", json_object_new_int64(atoll(pid)));
	json_object_object_add(blocker, "tid", json_object_new_int64(atoll(tid)));
	json_object_object_add(blocker, "comm", json_object_new_string(info.comm));
	json_object_object_add(blocker, "reason",
			       json_object_new_string(info.state == 'R' ? "running" : "sleeping"));
	json_object_object_add(blocker, "unit", json_object_new_string(info.unit ?: ""));
	json_object_object_add(blocker, "kernel_thread", json_object_new_boolean(info.kernel_thread));
	json_object_object_add(blocker, "state", json_object_new_int(info.state));
	json_object_array_add(blockers, blocker);
}

int blockers_of_klp(const void *argument, struct json_object *result, struct failure *failure)
{
	_cleanup_(klp_tasks_freep) struct klp_tasks *tasks = NULL;
	const struct kernel_request *request = argument;
	struct json_object *blockers = json_object_new_array();
	uint32_t total, remaining;
	int r;

	(void)failure;
	json_object_object_add(result, "blockers", blockers);
	r = klp_tasks_new(request->root.proc, &tasks);
	if (r < 0)
		return r;
	klp_tasks_on_blocked(tasks, add, blockers);
	do
		r = klp_tasks_step(tasks, request->enable, UINT32_MAX, &total, &remaining);
	while (r == 0);
	return r < 0 ? r : 0;
}

static int encode_name(struct nl_msg *message, const struct klp_function *function)
{
	struct function_name name = { .sympos = function->sympos };

	(void)snprintf(name.symbol, sizeof(name.symbol), "%s", function->symbol);
	(void)snprintf(name.module, sizeof(name.module), "%s", function->module);
	return codec_encode_function(message, &name);
}

static bool has_function(const struct patch *patch, const struct klp_function *function)
{
	for (size_t i = 0; i < patch->n_functions; i++)
		if (klp_compare_functions(patch->functions + i, function) == 0)
			return true;
	return false;
}

/* What calls of @function run that tasks have to leave: the bodies of patches below, or the original. */
static int encode_old(struct nl_msg *message, const struct blockers_look *look, const struct klp_function *function,
		      unsigned int *n)
{
	const struct patch *below;
	bool original = true;
	int r = 0;

	TAILQ_FOREACH(below, &look->patches->list, link) {
		if (r < 0 || *n == LPH_STACK_FUNCTIONS)
			return r;
		if (below->backend != PATCH_KLP || below->state != PATCH_PATCHED ||
		    lpd_streq(below->name, look->patch) || !has_function(below, function))
			continue;
		original = false;
		r = codec_encode_module(message, below->name);
		(*n)++;
	}
	if (r < 0 || !original || *n == LPH_STACK_FUNCTIONS)
		return r;
	(*n)++;
	return encode_name(message, function);
}

static int encode_functions(struct nl_msg *message, const struct blockers_look *look)
{
	const struct patch *patch;
	unsigned int n = 0;
	int r = 0;

	/* Its own bodies, whatever they are called. */
	if (!look->patching)
		return codec_encode_module(message, look->patch);
	TAILQ_FOREACH(patch, &look->patches->list, link)
		if (lpd_streq(patch->name, look->patch))
			break;
	for (size_t i = 0; patch && r >= 0 && i < patch->n_functions; i++)
		r = encode_old(message, look, patch->functions + i, &n);
	if (r >= 0 && n == 0)
		r = -ENODATA;
	return r;
}

int blockers_encode_look(struct nl_msg *message, const void *argument)
{
	const struct blockers_look *look = argument;
	int r;

	r = encode_functions(message, look);
	for (size_t i = 0; r >= 0 && i < json_object_array_length(look->blockers) && i < LPH_STACK_TASKS; i++) {
		struct json_object *blocker = json_object_array_get_idx(look->blockers, i);

		r = codec_encode_thread(message,
					(uint32_t)json_object_get_int64(json_object_object_get(blocker, "tid")));
	}
	return r;
}

void blockers_seen(struct blockers_look *look, struct codec_blocker *seen)
{
	/* They are told of in the order of the request; those that are gone are not. */
	while (look->next < json_object_array_length(look->blockers)) {
		struct json_object *blocker = json_object_array_get_idx(look->blockers, look->next++);

		if (json_object_get_int64(json_object_object_get(blocker, "tid")) != seen->tid)
			continue;
		blocker_name_function(seen);
		json_object_object_add(blocker, "reason",
				       json_object_new_string(blocker_reason_name(seen->reason)));
		json_object_object_add(blocker, "function", json_object_new_string(seen->symbol));
		return;
	}
}

void blocker_name_function(struct codec_blocker *blocker)
{
	char *bracket = strstr(blocker->symbol, " ["), text[sizeof(blocker->symbol)];
	size_t length;

	if (!bracket)
		return;
	*bracket = '\0';
	length = strcspn(bracket + 2, "]");
	if ((size_t)snprintf(text, sizeof(text), "%.*s:%s", (int)length, bracket + 2, blocker->symbol) < sizeof(text))
		(void)memcpy(blocker->symbol, text, sizeof(text));
}
