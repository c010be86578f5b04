// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/follow.h"
#include "cli/lib/json.h"
#include "cli/lib/text.h"
#include "cli/verbs/change.h"
#include "util/util.h"

/* A change that has been asked for. */
struct waiting {
	const struct cli_change *change;
	struct cli_follow follow;
	/* The transition's path; a restart of livepatchd does not change it. */
	char *path;
	/* The patch's name; a guess until the transition has been seen. */
	char *name;
	/* What livepatchd says of the transition has been shown. */
	bool told;
	/* The transition; NULL: livepatchd knows it no more, the patch's state has to tell. */
	json_object *transition;
};

enum {
	/* Those that all changes have. */
	OPTIONS = 6,
	/* How many a verb may have besides. */
	MAX_OWN = 4,
};

/* A reader for struct cli_option. */
static int parse_on_timeout(const char *value, void *ret_const_char)
{
	if (!lpd_streq(value, "reverse") && !lpd_streq(value, "keep") && !lpd_streq(value, "force"))
		return -EINVAL;
	return cli_parse_string(value, ret_const_char);
}

bool cli_change_parse(struct cli *cli, const struct cli_usage *usage, const struct cli_option *own,
		      struct cli_change *change, int *argc, char ***argv, int *ret_exit)
{
	struct cli_option options[MAX_OWN + OPTIONS + 1] = {
		{ "no-wait", 0, NULL, "return when the transition is queued",
		  cli_parse_flag, &change->no_wait },
		{ "timeout", 0, "TIME", "how long the transition may take, such as 30s (default: forever)",
		  cli_parse_time, &change->timeout },
		{ "on-timeout", 0, "reverse|keep|force", "what happens then (default: reverse)",
		  parse_on_timeout, &change->on_timeout },
		{ "persist", 0, NULL, "have the next boot do the same", cli_parse_flag, &change->persist },
		{ "strategy", 0, "STRATEGY", "of helper patches: " CLI_STRATEGY_HELP,
		  cli_parse_string, &change->strategy },
		{ "consistency", 0, "task|stop", "of helper patches: when calls run the new bodies",
		  cli_parse_string, &change->consistency },
	};

	for (size_t i = 0; i < MAX_OWN && own && own[i].name; i++)
		options[OPTIONS + i] = own[i];
	return cli_parse(cli, usage, options, argc, argv, ret_exit);
}

static void waiting_done(struct waiting *w)
{
	(void)json_object_put(w->transition);
	free(w->name);
	free(w->path);
	cli_follow_done(&w->follow);
}

static int call(sd_bus *bus, const struct cli_change *change, sd_bus_error *ret_error,
		char **ret_path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	const char *path;
	int r;

	r = cli_new_manager_call(bus, change->method, &message);
	if (r < 0)
		return r;
	if (!change->all) {
		r = change->names ? sd_bus_message_append_strv(message, change->names) :
				    sd_bus_message_append(message, "s", change->patch);
		if (r < 0)
			return r;
	}
	r = sd_bus_message_open_container(message, 'a', "{sv}");
	if (r < 0)
		return r;
	if (change->timeout) {
		r = sd_bus_message_append(message, "{sv}", "timeout-usec", "t", change->timeout);
		if (r < 0)
			return r;
	}
	r = cli_append_option(message, "on-timeout", change->on_timeout);
	if (r < 0)
		return r;
	if (change->persist) {
		r = sd_bus_message_append(message, "{sv}", "persist", "b", true);
		if (r < 0)
			return r;
	}
	r = cli_append_option(message, "strategy", change->strategy);
	if (r < 0)
		return r;
	r = cli_append_option(message, "consistency", change->consistency);
	if (r < 0)
		return r;
	if (change->retry) {
		r = sd_bus_message_append(message, "{sv}", "retry", "b", true);
		if (r < 0)
			return r;
	}
	r = sd_bus_message_close_container(message);
	if (r < 0)
		return r;

	r = cli_call(bus, message, ret_error, &reply);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return r;

	*ret_path = strdup(path);
	return *ret_path ? 0 : -ENOMEM;
}

static const char *patch_state(struct waiting *w)
{
	json_object *patch = cli_mirror_find_named(w->follow.mirror, CLI_PATCH, w->name);

	return patch ? cli_json_string(patch, "state") : "";
}

static void remember(struct waiting *w, json_object *transition)
{
	(void)json_object_put(w->transition);
	w->transition = json_object_get(transition);
	/* That of all is the kernel's release. */
	if (transition && !w->change->all) {
		char *name = strdup(cli_json_string(transition, "subject"));

		if (name) {
			free(w->name);
			w->name = name;
		}
	}
}

/* What comes of it besides is said before it has come. */
static void tell_before(struct waiting *w, const char *message)
{
	if (w->told || !*message || w->follow.progress.silent)
		return;
	w->told = true;
	cli_progress_clear(&w->follow.progress);
	(void)fprintf(stderr, "%s: %s\n", w->name, message);
}

static bool is_over(void *userdata)
{
	struct waiting *w = userdata;
	json_object *transition = cli_mirror_find(w->follow.mirror, CLI_TRANSITION, w->path);
	const char *state;

	remember(w, transition);
	if (transition) {
		state = cli_json_string(transition, "state");
		if (!cli_state_is_pending(state))
			return true;
		/* With "keep" the transition outlives its time, but waiting does not. */
		if (lpd_streq(state, "running") && w->change->on_timeout &&
		    lpd_streq(w->change->on_timeout, "keep"))
			(void)cli_follow_set_timeout(&w->follow, w->change->timeout);
		tell_before(w, cli_json_string(transition, "message"));
		cli_progress_update(&w->follow.progress, transition);
		return false;
	}

	/* It settled while livepatchd was away. */
	return w->change->names || !cli_state_is_moving(patch_state(w));
}

static int tell_done(struct cli *cli, struct waiting *w, const char *text)
{
	if (cli->json) {
		_cleanup_(json_object_putp) json_object *o = json_object_new_object();

		(void)json_object_object_add(o, "transition", json_object_get(w->transition));
		cli_print_json(o);
	} else {
		printf("%s\n", text);
	}
	return CLI_DONE;
}

static int tell_failed(struct cli *cli, struct waiting *w, enum cli_exit code, const char *name,
		       const char *why)
{
	_cleanup_free_ char *message = NULL;

	if (asprintf(&message, "cannot %s %s: %s", w->change->verb, w->change->typed, why) < 0)
		return cli_fail_memory(cli);
	return cli_fail_with(cli, code, name, message, "transition", w->transition);
}

/* The exit code is that of what was wrong with the transition. */
static int tell_failure(struct cli *cli, struct waiting *w, const char *message)
{
	const char *error = cli_json_string(w->transition, "error");
	const char *word = strrchr(error, '.');

	return tell_failed(cli, w, cli_exit_for_error(error), word ? word + 1 : "Failed",
			   *message ? message : "the transition failed");
}

/* The transition has settled, and not as it was meant to. */
static int tell_unsettled(struct cli *cli, struct waiting *w, const char *state)
{
	const char *message = cli_json_string(w->transition, "message");
	uint64_t deadline = cli_json_uint(w->transition, "deadline");
	_cleanup_free_ char *why = NULL;

	if (lpd_streq(state, "failed"))
		return tell_failure(cli, w, message);

	if (asprintf(&why, "it was %s%s%s", state, *message ? ". " : "", message) < 0)
		return cli_fail_memory(cli);
	if (lpd_streq(state, "reversed") && deadline &&
	    cli_json_uint(w->transition, "finished_at") >= deadline)
		return tell_failed(cli, w, CLI_TIMED_OUT, "TimedOut", why);
	return tell_failed(cli, w, CLI_FAILED, "Cancelled", why);
}

/* livepatchd knows the transition no more: the patch's state has to tell. */
static int tell_lost(struct cli *cli, struct waiting *w, const char *state)
{
	_cleanup_free_ char *why = NULL;

	if (asprintf(&why, "its transition was lost from sight, and now it is %s",
		     *state ? state : "not loaded") < 0)
		return cli_fail_memory(cli);
	return tell_failed(cli, w, CLI_FAILED, "Failed", why);
}

static int tell_settled(struct cli *cli, struct waiting *w)
{
	const char *state = w->transition ? cli_json_string(w->transition, "state") : patch_state(w), *message;
	_cleanup_free_ char *done = NULL;

	if (w->transition && !lpd_streq(state, "done"))
		return tell_unsettled(cli, w, state);
	if (!w->transition && w->change->names)
		return tell_failed(cli, w, CLI_FAILED, "Failed",
				   "its transition was lost from sight; livepatchd order shows what came of it");
	if (!w->transition && !lpd_streq(state, w->change->settled))
		return tell_lost(cli, w, state);

	message = w->transition ? cli_json_string(w->transition, "message") : "";
	if (asprintf(&done, "%s %s.%s%s", w->change->done, w->name, *message ? " " : "", message) < 0)
		return cli_fail_memory(cli);
	return tell_done(cli, w, done);
}

/* What --no-wait tells: the transition as it is now. */
static int tell_queued(struct cli *cli, struct waiting *w)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = cli_mirror_read(w->follow.mirror, &error);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot see the transition of %s",
				    w->change->typed);

	remember(w, cli_mirror_find(w->follow.mirror, CLI_TRANSITION, w->path));
	if (asprintf(&text, "%s: %s is under way.", w->name, w->change->verb) < 0)
		return cli_fail_memory(cli);
	return tell_done(cli, w, text);
}

int cli_change_patch(struct cli *cli, const struct cli_change *change)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(waiting_done) struct waiting w = { .change = change };
	_cleanup_free_ char *what = NULL;
	int r;

	r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	w.name = cli_module_name(change->typed);
	if (!w.name || asprintf(&what, "the transition of %s", change->typed) < 0)
		return cli_fail_memory(cli);

	/* Watching comes first, so that nothing the call brings about can be missed. */
	r = cli_follow_begin(&w.follow, cli, bus);
	if (r >= 0)
		r = call(bus, change, &error, &w.path);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot %s %s", change->verb, change->typed);

	if (lpd_streq(w.path, "/")) {
		_cleanup_free_ char *text = NULL;

		if (asprintf(&text, "%s is %s already.", w.name, change->already) < 0)
			return cli_fail_memory(cli);
		return tell_done(cli, &w, text);
	}
	if (change->no_wait)
		return tell_queued(cli, &w);

	r = cli_follow_run(&w.follow, is_over, &w);
	if (r == CLI_END_TIMED_OUT)
		return tell_failed(cli, &w, CLI_FAILED, "TimedOut",
				   "the transition takes longer than it was given; it was kept and goes on, "
				   "livepatchd wait waits for it");
	if (r != CLI_END_OVER)
		return cli_follow_fail(&w.follow, cli, r, what);
	return tell_settled(cli, &w);
}
