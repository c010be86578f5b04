// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/table.h"
#include "cli/verbs/programs.h"
#include "util/util.h"

static const struct cli_shape map[] = { { "id", NULL }, { "name", NULL }, { "type", NULL }, {} };

static const struct cli_shape program[] = { { "tracer", NULL }, { "program", NULL }, { "maps", map }, {} };

static const struct cli_shape process[] = {
	{ "pid", NULL },
	{ "comm", NULL },
	{ "patched", NULL },
	{ "calls", NULL },
	{},
};

static const struct cli_shape stack[] = { { "patched", NULL }, { "calls", NULL }, { "frames", NULL }, {} };

static bool is_bpf(json_object *tracer)
{
	return strncmp(cli_json_string(tracer, "kind"), "bpf:", 4) == 0;
}

/* ------------------------------------------------------------------- maps */

static int query_programs(sd_bus *bus, sd_bus_error *ret_error, json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r;

	r = cli_new_manager_call(bus, "ListPrograms", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 0);
	if (r >= 0)
		r = cli_call(bus, message, ret_error, &reply);
	return r < 0 ? r : cli_json_read(reply, program, ret);
}

static void add_program(json_object *tracer, json_object *programs)
{
	for (size_t i = 0; i < json_object_array_length(programs); i++) {
		json_object *found = json_object_array_get_idx(programs, i);

		if (cli_json_uint(found, "tracer") != cli_json_uint(tracer, "id"))
			continue;
		cli_json_copy(tracer, "program", found, "program");
		cli_json_copy(tracer, "maps", found, "maps");
	}
}

int cli_add_programs(const struct cli *cli, sd_bus *bus, json_object *tracers)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *programs = NULL;
	size_t n = json_object_array_length(tracers);
	int r;

	for (size_t i = 0; i < n; i++) {
		json_object *tracer = json_object_array_get_idx(tracers, i);

		if (!is_bpf(tracer))
			continue;
		if (!programs) {
			r = query_programs(bus, &error, &programs);
			if (r < 0)
				return cli_fail_bus(cli, &error, r, "cannot ask livepatchd for BPF programs");
		}
		add_program(tracer, programs);
	}
	return CLI_DONE;
}

void cli_maps_text(char *buf, size_t size, json_object *maps)
{
	size_t n = maps ? json_object_array_length(maps) : 0, used = 0;

	(void)snprintf(buf, size, "-");
	for (size_t i = 0; i < n && used < size; i++) {
		json_object *o = json_object_array_get_idx(maps, i);

		used += (size_t)snprintf(buf + used, size - used, "%s%s id %" PRIu64 " (%s)", i ? ", " : "",
					 cli_json_string(o, "name"), cli_json_uint(o, "id"),
					 cli_json_string(o, "type"));
	}
}

/* ---------------------------------------------------------------- results */

bool cli_has_results(json_object *tracer)
{
	static const char *const kinds[] = { "bpf:" BPF_DIR "/processes.bpf.o:", "bpf:" BPF_DIR "/stacks.bpf.o:" };
	const char *kind = cli_json_string(tracer, "kind");

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		if (strncmp(kind, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

int cli_add_results(const struct cli *cli, sd_bus *bus, json_object *tracer)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	uint32_t id = (uint32_t)cli_json_uint(tracer, "id");
	json_object *processes, *stacks;
	int r;

	r = cli_new_manager_call(bus, "ReadTracer", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "ua{sv}", id, 0);
	if (r >= 0)
		r = cli_call(bus, message, &error, &reply);
	if (r >= 0)
		r = cli_json_read(reply, process, &processes);
	if (r >= 0) {
		(void)json_object_object_add(tracer, "processes", processes);
		r = cli_json_read(reply, stack, &stacks);
	}
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot read what tracer %u has found", id);
	(void)json_object_object_add(tracer, "stacks", stacks);
	return CLI_DONE;
}

static const char *body_text(json_object *o)
{
	return cli_json_bool(o, "patched") ? "patched" : "original";
}

static int print_processes(const struct cli *cli, json_object *list)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new(">CALLS BODY >PID PROCESS");

	if (!table)
		return cli_fail_memory(cli);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		cli_table_add(table, "%" PRIu64, cli_json_uint(o, "calls"));
		cli_table_add(table, "%s", body_text(o));
		cli_table_add(table, "%" PRIu64, cli_json_uint(o, "pid"));
		cli_table_add(table, "%s", cli_json_string(o, "comm"));
	}
	return cli_table_print(table, stdout, false) < 0 ? cli_fail_memory(cli) : CLI_DONE;
}

static void print_stack(json_object *o)
{
	json_object *frames = cli_json_get(o, "frames");
	size_t n = cli_json_length(o, "frames");

	printf("%" PRIu64 " calls, %s\n", cli_json_uint(o, "calls"), body_text(o));
	if (n == 0)
		printf("    from a stack that could not be kept\n");
	for (size_t i = 0; i < n; i++)
		printf("    %s\n", json_object_get_string(json_object_array_get_idx(frames, i)));
	printf("\n");
}

int cli_print_results(const struct cli *cli, json_object *tracer)
{
	json_object *processes = cli_json_get(tracer, "processes"), *stacks = cli_json_get(tracer, "stacks");
	int r = CLI_DONE;

	if (cli_json_length(tracer, "processes") + cli_json_length(tracer, "stacks") == 0)
		printf("Nobody has called %s yet.\n", cli_json_string(tracer, "function"));
	if (cli_json_length(tracer, "processes") > 0)
		r = print_processes(cli, processes);
	for (size_t i = 0; i < cli_json_length(tracer, "stacks"); i++)
		print_stack(json_object_array_get_idx(stacks, i));
	return r;
}
