// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/query.h"
#include "cli/lib/terminal.h"
#include "cli/lib/text.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

/* Those of the transition that runs: an array. */
static int add_blockers(struct cli *cli, sd_bus *bus, json_object *status)
{
	json_object *blockers;
	int r;

	if (!cli_json_get(status, "transition")) {
		(void)json_object_object_add(status, "blockers", json_object_new_array());
		return CLI_DONE;
	}
	r = cli_query_blockers(cli, bus, &blockers);
	if (r == CLI_DONE)
		(void)json_object_object_add(status, "blockers", blockers);
	return r;
}

/* One screen has room for these. */
enum { BLOCKERS_SHOWN = 5 };

static json_object *status_json(struct cli_mirror *mirror)
{
	json_object *status = cli_mirror_status(mirror);
	_cleanup_(json_object_putp) json_object *tracers = cli_mirror_list(mirror, CLI_TRACER);

	(void)json_object_object_add(status, "patches", cli_mirror_list(mirror, CLI_PATCH));
	(void)json_object_object_add(status, "tracers",
				     json_object_new_uint64(json_object_array_length(tracers)));
	cli_json_copy(status, "quarantined", cli_mirror_manager(mirror), "quarantined");
	cli_json_copy(status, "quarantine", cli_mirror_manager(mirror), "quarantine");

	return status;
}

static void print_transition(json_object *transition)
{
	char line[512];

	if (isatty(STDOUT_FILENO))
		cli_progress_bar(line, sizeof(line), cli_terminal_width(stdout) - 13, transition);
	else
		cli_progress_text(line, sizeof(line), transition);
	printf("Transition:  %s (%" PRIu64 ")\n", line, cli_json_uint(transition, "id"));
}

static void print_blockers(json_object *blockers)
{
	size_t n = json_object_array_length(blockers);

	for (size_t i = 0; i < n && i < BLOCKERS_SHOWN; i++) {
		json_object *b = json_object_array_get_idx(blockers, i);
		const char *function = cli_json_string(b, "function");

		printf("%s%" PRIu64 " %s: %s%s%s\n", i ? "             " : "Blockers:    ", cli_json_uint(b, "tid"),
		       cli_json_string(b, "comm"), cli_json_string(b, "reason"), *function ? " " : "", function);
	}
	if (n > BLOCKERS_SHOWN)
		printf("             and %zu more; livepatchd blockers lists them\n", n - BLOCKERS_SHOWN);
}

static void print_quarantine(json_object *quarantine)
{
	for (size_t i = 0; i < json_object_array_length(quarantine); i++) {
		json_object *q = json_object_array_get_idx(quarantine, i);

		printf("%s%s: %s\n", i ? "             " : "Quarantine:  ", cli_json_string(q, "name"),
		       cli_json_string(q, "reason"));
	}
}

static void print_status(json_object *status)
{
	json_object *helper = cli_json_get(status, "helper");
	json_object *transition = cli_json_get(status, "transition");
	json_object *patches = cli_json_get(status, "patches");
	const char *watch = cli_json_string(status, "transition_watch");
	size_t n = json_object_array_length(patches);

	printf("State:       ");
	cli_print_state(stdout, cli_json_string(status, "state"));
	printf("\n");
	if (transition)
		print_transition(transition);
	print_blockers(cli_json_get(status, "blockers"));

	printf("Patches:     %s", n ? "" : "none\n");
	for (size_t i = 0; i < n; i++) {
		json_object *patch = json_object_array_get_idx(patches, i);

		printf("%s%" PRIu64 "  %s  ", i ? "             " : "", cli_json_uint(patch, "order"),
		       cli_json_string(patch, "name"));
		cli_print_state(stdout, cli_json_string(patch, "state"));
		printf("%s\n", lpd_streq(cli_json_string(patch, "replace"), "unknown") ?
				       "  (it is not known whether it replaces others)" :
				       "");
	}
	print_quarantine(cli_json_get(status, "quarantine"));
	printf("Tracers:     %" PRIu64 "\n", cli_json_uint(status, "tracers"));

	/* Only what is not as it should be. */
	if (*watch && strcmp(watch, "bpf") != 0)
		printf("Transitions: %s\n", watch);
	printf("livepatchd:  %s\n", cli_json_string(status, "version"));
	if (cli_json_bool(helper, "loaded"))
		printf("Helper:      %s\n", cli_json_string(helper, "version"));
	else
		printf("Helper:      not loaded; tracing needs it\n");
	printf("Kernel:      %s\n", cli_json_string(status, "kernel"));
}

int cli_status(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "",
		.description = "Shows on one screen how things stand.\n",
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(cli_mirror_freep) struct cli_mirror *mirror = NULL;
	_cleanup_(json_object_putp) json_object *status = NULL;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;

	r = cli_query(cli, &bus, &mirror);
	if (r != CLI_DONE)
		return r;

	status = status_json(mirror);
	r = add_blockers(cli, bus, status);
	if (r != CLI_DONE)
		return r;
	if (cli->json)
		cli_print_json(status);
	else
		print_status(status);
	return CLI_DONE;
}
