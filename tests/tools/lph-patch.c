// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-patch: applies, removes and stacks patches of livepatch_helper, for tests that
 * do without the daemon. Waits for the transition; exits 0 where it is done.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lph.h"

#define EVENT_TIMEOUT_MS 600000

struct wait {
	uint64_t transition;
	bool known;
	bool over;
	struct lph_event event;
};

struct options {
	uint32_t consistency;
	int cancel_ms;
	bool no_wait;
};

static const char usage[] =
	"Usage: lph-patch [OPTION]... apply|remove PATCH\n"
	"       lph-patch [OPTION]... order [PATCH]...\n"
	"       lph-patch [OPTION]... wait|cancel TRANSITION\n"
	"       lph-patch transitions\n"
	"       lph-patch trace N SYMBOL [MODULE]\n"
	"       lph-patch last SYMBOL [MODULE]\n"
	"  -c CONSISTENCY  task (default) or stop\n"
	"  -C MS           cancel it after so many milliseconds without an event\n"
	"  -n              tell the transition's id and do not wait\n"
	"cancel does not wait for what comes of it. transitions tells the id and the state of\n"
	"those that are known. trace adds N tracers of a function, takes them off again, and\n"
	"returns when all of that has settled. last adds one, takes it off again, asks for an\n"
	"order of no patches, which may be refused, and waits for neither.\n";

static const char *const states[] = {
	[LPH_TRANSITION_QUEUED] = "queued",
	[LPH_TRANSITION_RUNNING] = "running",
	[LPH_TRANSITION_DONE] = "done",
	[LPH_TRANSITION_FAILED] = "failed",
	[LPH_TRANSITION_REVERSED] = "reversed",
};

static void usage_error(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void on_event(const struct lph_event *event, void *arg)
{
	struct wait *wait = arg;

	if (event->id != wait->transition)
		return;
	wait->known = true;
	if (event->state == LPH_TRANSITION_QUEUED || event->state == LPH_TRANSITION_RUNNING ||
	    wait->over)
		return;
	wait->over = true;
	wait->event = *event;
	if (event->state == LPH_TRANSITION_FAILED)
		fprintf(stderr, "%s: %s\n", strerror((int)event->error), event->message);
	else if (event->state == LPH_TRANSITION_REVERSED)
		fprintf(stderr, "reversed\n");
}

static int request(struct lph *lph, char **args, int n, uint32_t consistency,
		   uint64_t *ret_transition)
{
	if (n == 2 && !strcmp(args[0], "apply"))
		return lph_patch(lph, LPH_CMD_APPLY_PATCH, args[1], consistency, ret_transition);
	if (n == 2 && !strcmp(args[0], "remove"))
		return lph_patch(lph, LPH_CMD_REMOVE_PATCH, args[1], consistency, ret_transition);
	if (!strcmp(args[0], "order"))
		return lph_order(lph, args + 1, (unsigned int)n - 1, consistency, ret_transition);
	usage_error();
	return -EINVAL;
}

static int wait_for(struct lph *lph, struct wait *wait, int cancel_ms)
{
	int r = 0;

	while (!wait->over && !r) {
		r = lph_events(lph, cancel_ms ? cancel_ms : EVENT_TIMEOUT_MS, on_event, wait);
		if (r != -ETIMEDOUT || !cancel_ms)
			continue;
		r = lph_cancel(lph, wait->transition);
		cancel_ms = 0;
	}
	return r;
}

/* It may have settled before we listened. */
static int wait_for_known(struct lph *lph, const char *id)
{
	struct wait wait = { .transition = strtoull(id, NULL, 10) };
	int r = lph_transitions(lph, on_event, &wait);

	if (!r && !wait.known) {
		fprintf(stderr, "transition %s is not known\n", id);
		return -ENOENT;
	}
	if (!r)
		r = wait_for(lph, &wait, 0);
	return r ?: wait.event.state != LPH_TRANSITION_DONE;
}

static void print(const struct lph_event *event, void *arg)
{
	(void)arg;
	printf("%" PRIu64 " %s\n", event->id, states[event->state]);
}

static int trace(struct lph *lph, char **args, int n)
{
	const struct lph_function function = { .symbol = args[1], .module = n > 2 ? args[2] : NULL };
	unsigned int i, count = (unsigned int)atoi(args[0]);
	struct wait wait = {};
	uint32_t *ops = calloc(count, sizeof(*ops));
	int r = 0;

	if (!ops)
		abort();
	for (i = 0; i < count && !r; i++)
		r = lph_add(lph, &function, 0, &ops[i], &wait.transition);
	while (i-- && !r)
		r = lph_del(lph, ops[i], &wait.transition);
	free(ops);
	return r ?: wait_for(lph, &wait, 0);
}

static int last(struct lph *lph, char **args, int n)
{
	const struct lph_function function = { .symbol = args[0], .module = n > 1 ? args[1] : NULL };
	struct wait wait = {};
	uint64_t transition;
	uint32_t op;
	int r;

	r = lph_add(lph, &function, 0, &op, &wait.transition);
	if (!r)
		r = wait_for(lph, &wait, 0);
	if (!r)
		r = lph_del(lph, op, &transition);
	if (!r)
		(void)lph_order(lph, NULL, 0, LPH_CONSISTENCY_TASK, &transition);
	return r;
}

static int change(struct lph *lph, char **args, int n, const struct options *options)
{
	struct wait wait = {};
	int r = request(lph, args, n, options->consistency, &wait.transition);

	if (r)
		return r;
	if (options->no_wait) {
		printf("%" PRIu64 "\n", wait.transition);
		return 0;
	}
	r = wait_for(lph, &wait, options->cancel_ms);
	return r ?: wait.event.state != LPH_TRANSITION_DONE;
}

static int run(struct lph *lph, char **args, int n, const struct options *options)
{
	if (n < 1)
		usage_error();
	if (n == 2 && !strcmp(args[0], "wait"))
		return wait_for_known(lph, args[1]);
	if (n == 2 && !strcmp(args[0], "cancel"))
		return lph_cancel(lph, strtoull(args[1], NULL, 10));
	if (n == 1 && !strcmp(args[0], "transitions"))
		return lph_transitions(lph, print, NULL);
	if ((n == 3 || n == 4) && !strcmp(args[0], "trace"))
		return trace(lph, args + 1, n - 1);
	if ((n == 2 || n == 3) && !strcmp(args[0], "last"))
		return last(lph, args + 1, n - 1);
	return change(lph, args, n, options);
}

int main(int argc, char **argv)
{
	struct options options = { .consistency = LPH_CONSISTENCY_TASK };
	struct lph *lph;
	int c, r;

	while ((c = getopt(argc, argv, "c:C:n")) != -1) {
		if (c == 'c' && !strcmp(optarg, "stop"))
			options.consistency = LPH_CONSISTENCY_STOP;
		else if (c == 'C')
			options.cancel_ms = atoi(optarg);
		else if (c == 'n')
			options.no_wait = true;
		else if (c != 'c' || strcmp(optarg, "task"))
			usage_error();
	}
	r = lph_open(&lph);
	if (r)
		return 1;
	r = run(lph, argv + optind, argc - optind, &options);
	lph_close(lph);
	return r != 0;
}
