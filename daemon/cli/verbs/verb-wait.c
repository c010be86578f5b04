// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/follow.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/text.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

/* What is waited for: a patch that is settled, or all transitions. */
struct waiting {
	struct cli_follow follow;
	/* NULL: all */
	char *name;
};

static void waiting_done(struct waiting *w)
{
	cli_follow_done(&w->follow);
	free(w->name);
}

static json_object *find_patch(struct waiting *w)
{
	return w->name ? cli_mirror_find_named(w->follow.mirror, CLI_PATCH, w->name) : NULL;
}

/* The first transition that keeps us waiting. */
static json_object *find_pending(struct waiting *w)
{
	_cleanup_(json_object_putp) json_object *all = NULL;

	all = cli_mirror_list(w->follow.mirror, CLI_TRANSITION);
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		json_object *t = json_object_array_get_idx(all, i);

		if (!cli_state_is_pending(cli_json_string(t, "state")))
			continue;
		if (!w->name || lpd_streq(cli_json_string(t, "subject"), w->name))
			return t;
	}
	return NULL;
}

static bool is_over(void *userdata)
{
	struct waiting *w = userdata;
	json_object *pending = find_pending(w), *patch = find_patch(w);
	const char *state;

	if (pending) {
		cli_progress_update(&w->follow.progress, pending);
		return false;
	}

	/* A change that livepatchd has no transition for: somebody else's, through sysfs. */
	if (w->name)
		state = patch ? cli_json_string(patch, "state") : "";
	else
		state = cli_json_string(cli_mirror_manager(w->follow.mirror), "state");
	return !cli_state_is_moving(state);
}

static int tell(const struct cli *cli, struct waiting *w)
{
	json_object *manager = cli_mirror_manager(w->follow.mirror), *patch = find_patch(w);

	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		cli_json_copy(o, "state", manager, "state");
		if (w->name)
			(void)json_object_object_add(o, "patch", json_object_get(patch));
		cli_print_json(o);
	} else if (w->name) {
		printf("%s is %s.\n", w->name, cli_json_string(patch, "state"));
	} else {
		printf("Idle.\n");
	}
	return CLI_DONE;
}

int cli_wait(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "[NAME]",
		.description =
			"Waits until no transition runs or is queued, or none of the livepatch NAME.\n",
		.max = 1,
	};
	uint64_t timeout = 0;
	const struct cli_option options[] = {
		{ "timeout", 0, "TIME", "give up after this, such as 30s (default: never)",
		  cli_parse_time, &timeout },
		{},
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(waiting_done) struct waiting w = {};
	const char *what = "livepatchd to be idle";
	int r;

	if (!cli_parse(cli, &usage, options, &argc, &argv, &r))
		return r;
	if (argc > 0) {
		what = argv[0];
		w.name = cli_module_name(argv[0]);
		if (!w.name)
			return cli_fail_memory(cli);
	}

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = cli_follow_begin(&w.follow, cli, bus);
	if (r >= 0)
		r = cli_follow_set_timeout(&w.follow, timeout);
	if (r >= 0)
		r = cli_follow_run(&w.follow, is_over, &w);
	if (r == CLI_END_TIMED_OUT)
		return cli_fail(cli, CLI_FAILED, "TimedOut",
				"waited for %s, but the time is up; livepatchd status tells what runs",
				what);
	if (r != CLI_END_OVER)
		return cli_follow_fail(&w.follow, cli, r, what);
	if (w.name && !find_patch(&w))
		return cli_fail(cli, CLI_NOT_FOUND, "NoSuchPatch",
				"%s is not loaded; livepatchd list lists what is", w.name);
	return tell(cli, &w);
}
