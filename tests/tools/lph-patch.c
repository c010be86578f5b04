// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-patch: applies, removes and stacks patches of livepatch_helper, for tests that
 * do without the daemon. Waits for the transition; exits 0 where it is done.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lph.h"

#define EVENT_TIMEOUT_MS 60000

struct wait {
	uint64_t transition;
	bool over;
	struct lph_event event;
};

static const char usage[] =
	"Usage: lph-patch [OPTION]... apply|remove PATCH\n"
	"       lph-patch [OPTION]... order PATCH...\n"
	"  -c CONSISTENCY  task (default) or stop\n"
	"  -C MS           cancel it after so many milliseconds without an event\n";

static void on_event(const struct lph_event *event, void *arg)
{
	struct wait *wait = arg;

	if (event->id != wait->transition)
		return;
	if (event->state == LPH_TRANSITION_QUEUED || event->state == LPH_TRANSITION_RUNNING)
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
	if (n > 1 && !strcmp(args[0], "order"))
		return lph_order(lph, args + 1, (unsigned int)n - 1, consistency, ret_transition);
	fputs(usage, stderr);
	exit(2);
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

int main(int argc, char **argv)
{
	uint32_t consistency = LPH_CONSISTENCY_TASK;
	struct wait wait = {};
	struct lph *lph;
	int c, r, cancel_ms = 0;

	while ((c = getopt(argc, argv, "c:C:")) != -1) {
		if (c == 'c' && !strcmp(optarg, "stop")) {
			consistency = LPH_CONSISTENCY_STOP;
		} else if (c == 'C') {
			cancel_ms = atoi(optarg);
		} else if (c != 'c' || strcmp(optarg, "task")) {
			fputs(usage, stderr);
			return 2;
		}
	}
	r = lph_open(&lph);
	if (r)
		return 1;
	r = request(lph, argv + optind, argc - optind, consistency, &wait.transition);
	if (!r)
		r = wait_for(lph, &wait, cancel_ms);
	lph_close(lph);
	return r || wait.event.state != LPH_TRANSITION_DONE;
}
