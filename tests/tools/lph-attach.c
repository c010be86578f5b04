// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-attach [-1] N <FUNCTIONS: a tracer for each of the first N
 * functions that its standard input names, a list of them, a second one for each,
 * and all away again; one request for all, or with -1 one for each. Says what each step took,
 * by the clock of lph_bench, as JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lph.h"

#define CLOCK	       "/sys/kernel/debug/lph_bench/clock"
#define EVENT_TIMEOUT_MS 600000
#define MAX_FUNCTIONS  8192

struct moment {
	uint64_t ns;
	uint64_t idle_us;
};

struct wait {
	uint64_t transition;
	bool over;
	bool done;
};

static struct lph *lph;
static char *names[MAX_FUNCTIONS];
static uint32_t ops[2][MAX_FUNCTIONS];
static unsigned int n;
static bool single;

static struct moment now(void)
{
	FILE *file = fopen(CLOCK, "re");
	struct moment moment;

	if (!file || fscanf(file, "%" SCNu64 " %" SCNu64, &moment.ns, &moment.idle_us) != 2) {
		perror(CLOCK);
		exit(1);
	}
	(void)fclose(file);
	return moment;
}

static void tell(const char *step, struct moment begun)
{
	struct moment end = now();
	uint64_t ns = end.ns - begun.ns;

	printf(", \"%s\": {\"ns\": %" PRIu64 ", \"instructions\": %" PRIu64 "}", step, ns,
	       ns - (end.idle_us - begun.idle_us) * 1000);
}

static void on_event(const struct lph_event *event, void *arg)
{
	struct wait *wait = arg;

	if (event->id != wait->transition || event->state == LPH_TRANSITION_QUEUED ||
	    event->state == LPH_TRANSITION_RUNNING)
		return;
	wait->over = true;
	wait->done = event->state == LPH_TRANSITION_DONE;
	if (!wait->done)
		fprintf(stderr, "%s\n", event->message);
}

static void settle(int r, uint64_t transition)
{
	struct wait wait = { .transition = transition };

	while (!r && !wait.over)
		r = lph_events(lph, EVENT_TIMEOUT_MS, on_event, &wait);
	if (r || !wait.done)
		exit(1);
}

static void count_op(uint32_t id, uint64_t hits, const char *bodies, void *arg)
{
	(void)id;
	(void)hits;
	(void)bodies;
	++*(unsigned int *)arg;
}

static void dump(void)
{
	unsigned int seen = 0;

	if (lph_ops(lph, count_op, &seen) || seen < n)
		exit(1);
}

static void add(uint32_t *ids)
{
	uint64_t transition = 0;
	unsigned int i;
	int r;

	if (!single) {
		r = lph_add_all(lph, names, n, ids, &transition);
		settle(r, transition);
	}
	for (i = 0; single && i < n; i++) {
		struct lph_function function = { .symbol = names[i] };

		r = lph_add(lph, &function, 0, &ids[i], &transition);
		settle(r, transition);
	}
}

/* Goes on without the functions that were refused. */
static void drop_refused(void)
{
	unsigned int i, kept = 0;

	for (i = 0; i < n; i++) {
		if (!ops[0][i])
			continue;
		names[kept] = names[i];
		ops[0][kept++] = ops[0][i];
	}
	n = kept;
}

static void del(const uint32_t *ids)
{
	uint64_t transition = 0;
	unsigned int i;
	int r;

	if (!single) {
		r = lph_del_all(lph, ids, n, &transition);
		settle(r, transition);
	}
	for (i = 0; single && i < n; i++) {
		r = lph_del(lph, ids[i], &transition);
		settle(r, transition);
	}
}

static void read_names(unsigned int wanted)
{
	char line[256];

	while (n < wanted && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		names[n++] = strdup(line);
	}
	if (n == wanted)
		return;
	fprintf(stderr, "lph-attach: only %u functions\n", n);
	exit(2);
}

int main(int argc, char **argv)
{
	struct moment begun;
	int c, wanted;

	while ((c = getopt(argc, argv, "1")) == '1')
		single = true;
	wanted = c == -1 && optind == argc - 1 ? atoi(argv[optind]) : 0;
	if (wanted < 1 || wanted > MAX_FUNCTIONS) {
		fputs("Usage: lph-attach [-1] N <FUNCTIONS\n", stderr);
		return 2;
	}
	read_names((unsigned int)wanted);
	if (lph_open(&lph))
		return 1;

	printf("{\"how\": \"%s\"", single ? "livepatchd, one by one" : "livepatchd");
	begun = now();
	add(ops[0]);
	tell("attach", begun);
	drop_refused();
	begun = now();
	dump();
	tell("dump", begun);
	begun = now();
	add(ops[1]);
	tell("change", begun);
	begun = now();
	del(ops[1]);
	del(ops[0]);
	tell("detach", begun);
	printf(", \"functions\": %u}\n", n);
	lph_close(lph);
	return 0;
}
