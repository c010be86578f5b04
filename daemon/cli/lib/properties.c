// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>

#include "cli/lib/json.h"
#include "cli/lib/properties.h"
#include "util/util.h"

struct field {
	const char *property;
	const char *key;
	const struct cli_shape *members;
};

static const struct cli_shape quarantine[] = { { "name", NULL }, { "reason", NULL }, {} };

static const struct field manager_fields[] = {
	{ "Version", "version", NULL },
	{ "KernelRelease", "kernel", NULL },
	{ "HelperLoaded", "helper_loaded", NULL },
	{ "HelperVersion", "helper_version", NULL },
	{ "TransitionState", "state", NULL },
	{ "CurrentTransition", "transition", NULL },
	{ "TransitionWatch", "transition_watch", NULL },
	{ "Quarantined", "quarantined", NULL },
	{ "Quarantine", "quarantine", quarantine },
	{},
};

static const struct cli_shape patch_function[] = {
	{ "symbol", NULL },
	{ "module", NULL },
	{ "sympos", NULL },
	{ "patched", NULL },
	{},
};

static const struct field patch_fields[] = {
	{ "Name", "name", NULL },
	{ "Backend", "backend", NULL },
	{ "State", "state", NULL },
	{ "Order", "order", NULL },
	{ "File", "file", NULL },
	{ "SHA256", "sha256", NULL },
	{ "Replace", "replace", NULL },
	{ "Functions", "functions", patch_function },
	{},
};

static const struct field tracer_fields[] = {
	{ "Id", "id", NULL },
	{ "Function", "function", NULL },
	{ "Kind", "kind", NULL },
	{ "Priority", "priority", NULL },
	{ "Pid", "pid", NULL },
	{ "Comm", "comm", NULL },
	{ "Backend", "backend", NULL },
	{ "State", "state", NULL },
	{},
};

static const struct field transition_fields[] = {
	{ "Id", "id", NULL },
	{ "Kind", "kind", NULL },
	{ "Subject", "subject", NULL },
	{ "State", "state", NULL },
	{ "Message", "message", NULL },
	{ "Error", "error", NULL },
	{ "Strategy", "strategy", NULL },
	{ "Consistency", "consistency", NULL },
	{ "TasksTotal", "tasks_total", NULL },
	{ "TasksRemaining", "tasks_remaining", NULL },
	{ "Progress", "progress", NULL },
	{ "QueuedAt", "queued_at", NULL },
	{ "StartedAt", "started_at", NULL },
	{ "FinishedAt", "finished_at", NULL },
	{ "Deadline", "deadline", NULL },
	{ "Traps", "traps", NULL },
	{ "MaxDepth", "max_depth", NULL },
	{ "Lapses", "lapses", NULL },
	{ "LongestStop", "longest_stop", NULL },
	{},
};

/* The one place that knows how D-Bus properties and JSON members belong together. */
static const struct {
	const char *interface;
	const struct field *fields;
} kinds[CLI_N_KINDS] = {
	[CLI_MANAGER] = { "org.livepatchd1.Manager", manager_fields },
	[CLI_PATCH] = { "org.livepatchd1.Patch", patch_fields },
	[CLI_TRACER] = { "org.livepatchd1.Tracer", tracer_fields },
	[CLI_TRANSITION] = { "org.livepatchd1.Transition", transition_fields },
};

const char *cli_kind_interface(enum cli_kind kind)
{
	return kinds[kind].interface;
}

int cli_kind_of(const char *interface)
{
	for (int kind = 0; kind < CLI_N_KINDS; kind++)
		if (lpd_streq(kinds[kind].interface, interface))
			return kind;
	return -ENOENT;
}

static const struct field *find_field(enum cli_kind kind, const char *property)
{
	for (const struct field *f = kinds[kind].fields; f->property; f++)
		if (lpd_streq(f->property, property))
			return f;
	return NULL;
}

int cli_properties_read(sd_bus_message *message, enum cli_kind kind, json_object *object)
{
	int r;

	r = sd_bus_message_enter_container(message, 'a', "{sv}");
	if (r < 0)
		return r;

	while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		const struct field *field;
		const char *property, *contents;
		json_object *value;

		r = sd_bus_message_read(message, "s", &property);
		if (r < 0)
			return r;

		field = find_field(kind, property);
		if (!field) {
			r = sd_bus_message_skip(message, "v");
			if (r < 0)
				return r;
		} else {
			r = sd_bus_message_peek_type(message, NULL, &contents);
			if (r < 0)
				return r;
			r = sd_bus_message_enter_container(message, 'v', contents);
			if (r < 0)
				return r;
			r = cli_json_read(message, field->members, &value);
			if (r < 0)
				return r;
			(void)json_object_object_add(object, field->key, value);
			r = sd_bus_message_exit_container(message);
			if (r < 0)
				return r;
		}

		r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;

	return sd_bus_message_exit_container(message);
}
