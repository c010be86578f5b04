// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-latency ID: makes a tracer one of kind latency, without a look into BTF, which the
 * modules of the tests may not have; returns when it is one.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lph.h"

#define EVENT_TIMEOUT_MS 600000

struct wait {
	uint64_t transition;
	uint32_t state;
	bool over;
};

static void on_event(const struct lph_event *event, void *arg)
{
	struct wait *wait = arg;

	if (event->id != wait->transition || event->state == LPH_TRANSITION_QUEUED ||
	    event->state == LPH_TRANSITION_RUNNING)
		return;
	wait->over = true;
	wait->state = event->state;
	if (event->state != LPH_TRANSITION_DONE)
		fprintf(stderr, "%s\n", event->message);
}

int main(int argc, char **argv)
{
	struct wait wait = {};
	struct lph *lph;
	int r;

	if (argc != 2) {
		fputs("Usage: lph-latency ID\n", stderr);
		return 2;
	}
	if (lph_open(&lph))
		return 1;
	r = lph_change(lph, (uint32_t)strtoul(argv[1], NULL, 10), LPH_KIND_LATENCY, 0, &wait.transition);
	while (!r && !wait.over)
		r = lph_events(lph, EVENT_TIMEOUT_MS, on_event, &wait);
	lph_close(lph);
	return r || wait.state != LPH_TRANSITION_DONE;
}
