// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-churn: adds and removes ops as fast as the helper settles, on functions
 * that others call, and says what came of it.
 *
 * Each function has one op that stays from before the first call to behind the
 * last one, except where it toggles: its ops come and go until none is left.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lph.h"

#define MAX_FUNCTIONS	 64
#define MAX_EXTRA	 8
#define MAX_PATCHES	 2
#define EVENT_TIMEOUT_MS 600000

struct op {
	uint32_t id;
	uint64_t transition; /* in flight, 0: none */
	bool removing;
};

struct function {
	struct lph_function name;
	bool stays;
	uint32_t stay;
	uint64_t changing; /* transition of the op that stays in flight, 0: none */
	struct op extra[MAX_EXTRA]; /* id 0: free */
};

struct patch {
	char *name;
	bool applied;
};

struct churn {
	struct lph *lph;
	struct patch patches[MAX_PATCHES]; /* from bottom to top, if both are applied */
	unsigned int nr_patches;
	uint64_t patching; /* transition in flight, 0: none */
	struct patch *patch; /* that it applies or removes, NULL: an order */
	uint64_t patched;
	struct function functions[MAX_FUNCTIONS];
	unsigned int nr_functions;
	bool changes; /* the ops that stay, too */
	bool every_context;
	uint64_t changed;
	unsigned int in_flight;
	uint64_t done;
	uint64_t failed;
	/* sums over the transitions of this run */
	uint64_t traps;
	uint64_t overflows;
	uint64_t lapses;
	uint32_t max_depth;
};

static const char usage[] =
	"Usage: lph-churn [OPTION]... SYMBOL...\n"
	"Adds and removes ops on the functions, each of which has one op that stays.\n"
	"  -m MODULE   module of the functions (default: the kernel)\n"
	"  -t SYMBOL   a function that has no op that stays\n"
	"  -n CHANGES  how many ops to add or remove (default 1000)\n"
	"  -s STRATEGY how traps go on: slots (default), emulate, stub or spin\n"
	"  -x EXTRA    most ops that come and go on one function, 1 to 8 (default 3)\n"
	"  -q QUEUE    most changes in flight (default 8)\n"
	"  -p PATCH    a patch of livepatch_helper that comes and goes, up to two, which\n"
	"              change places, too; by consistency task and stop in turn\n"
	"  -c          change the ops that stay, too: their priority and kind\n"
	"  -e          go on until calls of every context have trapped, up to 100 times as long\n"
	"  -r FILE     write 1 to it before the first change and 0 behind the last one\n";

static void count(struct churn *churn, const struct lph_event *event, const char *subject)
{
	churn->traps += event->traps;
	churn->overflows += event->overflows;
	churn->lapses += event->lapses;
	if (event->max_depth > churn->max_depth)
		churn->max_depth = event->max_depth;
	if (event->state == LPH_TRANSITION_DONE) {
		churn->done++;
		return;
	}
	churn->failed++;
	fprintf(stderr, "transition %" PRIu64 ", %s: %s: %s\n", event->id, subject,
		strerror((int)event->error), event->message);
}

static void swap_patches(struct churn *churn)
{
	struct patch bottom = churn->patches[0];

	churn->patches[0] = churn->patches[1];
	churn->patches[1] = bottom;
}

static void patches_settled(struct churn *churn, const struct lph_event *event)
{
	struct patch *patch = churn->patch;

	count(churn, event, patch ? patch->name : "order");
	churn->patching = 0;
	if (event->state != LPH_TRANSITION_DONE)
		return;
	churn->patched++;
	if (!patch) {
		swap_patches(churn);
		return;
	}
	patch->applied = !patch->applied;
	/* It came on top. */
	if (patch->applied && churn->nr_patches > 1 && patch == &churn->patches[0] &&
	    churn->patches[1].applied)
		swap_patches(churn);
}

static void settled(const struct lph_event *event, void *arg)
{
	struct churn *churn = arg;
	unsigned int i, j;

	if (event->state != LPH_TRANSITION_DONE && event->state != LPH_TRANSITION_FAILED)
		return;
	if (churn->patching == event->id) {
		patches_settled(churn, event);
		return;
	}

	for (i = 0; i < churn->nr_functions; i++) {
		if (churn->functions[i].changing == event->id) {
			churn->in_flight--;
			churn->changed++;
			count(churn, event, churn->functions[i].name.symbol);
			churn->functions[i].changing = 0;
			return;
		}
		for (j = 0; j < MAX_EXTRA; j++) {
			struct op *op = &churn->functions[i].extra[j];

			if (!op->transition || op->transition != event->id)
				continue;
			churn->in_flight--;
			count(churn, event, churn->functions[i].name.symbol);
			op->transition = 0;
			/* What could not be added is not there; so is what was removed. */
			if (op->removing == (event->state == LPH_TRANSITION_DONE))
				op->id = 0;
			op->removing = false;
			return;
		}
	}
}

static int wait_for(struct churn *churn, unsigned int in_flight)
{
	int r;

	while (churn->in_flight > in_flight) {
		r = lph_events(churn->lph, EVENT_TIMEOUT_MS, settled, churn);
		if (r)
			return r;
	}
	return 0;
}

static int add(struct churn *churn, struct function *function, struct op *op, int priority)
{
	int r;

	r = lph_add(churn->lph, &function->name, priority, &op->id, &op->transition);
	if (!r)
		churn->in_flight++;
	return r;
}

static int del(struct churn *churn, struct op *op)
{
	int r;

	r = lph_del(churn->lph, op->id, &op->transition);
	if (!r) {
		op->removing = true;
		churn->in_flight++;
	}
	return r;
}

/* A patch comes or goes, or both change places; one transition at a time. */
static int change_patches(struct churn *churn)
{
	uint32_t consistency = rand() % 2 ? LPH_CONSISTENCY_TASK : LPH_CONSISTENCY_STOP;
	struct patch *patches = churn->patches;

	if (!churn->nr_patches || churn->patching)
		return 0;
	if (churn->nr_patches == 2 && patches[0].applied && patches[1].applied && rand() % 2) {
		char *const names[] = { patches[1].name, patches[0].name };

		churn->patch = NULL;
		return lph_order(churn->lph, names, 2, consistency, &churn->patching);
	}
	churn->patch = &patches[(unsigned int)rand() % churn->nr_patches];
	return lph_patch(churn->lph,
			 churn->patch->applied ? LPH_CMD_REMOVE_PATCH : LPH_CMD_APPLY_PATCH,
			 churn->patch->name, consistency, &churn->patching);
}

static int wait_for_patches(struct churn *churn)
{
	int r = 0;

	while (churn->patching && !r)
		r = lph_events(churn->lph, EVENT_TIMEOUT_MS, settled, churn);
	return r;
}

static int remove_patches(struct churn *churn)
{
	unsigned int i;
	int r;

	for (i = 0; i < churn->nr_patches; i++) {
		if (!churn->patches[i].applied)
			continue;
		churn->patch = &churn->patches[i];
		r = lph_patch(churn->lph, LPH_CMD_REMOVE_PATCH, churn->patch->name,
			      LPH_CONSISTENCY_TASK, &churn->patching);
		if (!r)
			r = wait_for_patches(churn);
		if (r)
			return r;
	}
	return 0;
}

/* What stays becomes something else, which counts all the same. */
static int change_staying(struct churn *churn, struct function *function)
{
	uint32_t kind = rand() % 2 ? LPH_KIND_COUNT : LPH_KIND_EVENT;
	int r;

	r = lph_change(churn->lph, function->stay, kind, rand() % 3 - 1, &function->changing);
	if (!r)
		churn->in_flight++;
	return r;
}

/* One op more or less on some function, or another in the place of one. */
static int change(struct churn *churn, unsigned int extra)
{
	for (;;) {
		struct function *function = &churn->functions[rand() % churn->nr_functions];
		struct op *op = &function->extra[(unsigned int)rand() % extra];

		if (churn->changes && function->stays && !function->changing && rand() % 2)
			return change_staying(churn, function);
		if (op->transition)
			continue;
		/* Some run before the op that stays, some behind it. */
		return op->id ? del(churn, op) : add(churn, function, op, rand() % 3 - 1);
	}
}

static int add_staying(struct churn *churn)
{
	unsigned int i;
	int r;

	for (i = 0; i < churn->nr_functions; i++) {
		struct function *function = &churn->functions[i];

		if (!function->stays)
			continue;
		r = add(churn, function, &function->extra[0], 0);
		if (!r)
			r = wait_for(churn, 0);
		if (r)
			return r;
		if (!function->extra[0].id)
			return -EIO;
		function->stay = function->extra[0].id;
		function->extra[0].id = 0;
	}
	return 0;
}

static int remove_extra(struct churn *churn)
{
	unsigned int i, j;
	int r;

	for (i = 0; i < churn->nr_functions; i++) {
		for (j = 0; j < MAX_EXTRA; j++) {
			struct op *op = &churn->functions[i].extra[j];

			if (!op->id)
				continue;
			r = del(churn, op);
			if (r)
				return r;
		}
	}
	return wait_for(churn, 0);
}

static int remove_staying(struct churn *churn)
{
	unsigned int i;

	for (i = 0; i < churn->nr_functions; i++) {
		struct function *function = &churn->functions[i];

		function->extra[0].id = function->stay;
		function->stay = 0;
	}
	return remove_extra(churn);
}

static int control(const char *path, const char *value)
{
	FILE *file;

	if (!path)
		return 0;
	file = fopen(path, "we");
	if (!file || fputs(value, file) == EOF || fclose(file)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -EIO;
	}
	return 0;
}

struct printer {
	struct churn *churn;
	const char *comma;
};

static void print_op(uint32_t id, uint64_t hits, const char *bodies, void *arg)
{
	struct printer *printer = arg;
	unsigned int i;

	for (i = 0; i < printer->churn->nr_functions; i++) {
		struct function *function = &printer->churn->functions[i];

		if (function->stay != id)
			continue;
		printf("%s{\"id\":%u,\"function\":\"%s\",\"hits\":%" PRIu64 ",\"bodies\":%s}",
		       printer->comma, id, function->name.symbol, hits, bodies);
		printer->comma = ",";
		return;
	}
}

static int report(struct churn *churn, const struct lph_info *before, double seconds)
{
	struct printer printer = { .churn = churn, .comma = "" };
	struct lph_info after;
	int r;

	r = lph_info(churn->lph, &after);
	if (r)
		return r;
	printf("{\"transitions\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"of_patches\":%" PRIu64
	       ",\"changed\":%" PRIu64 ",\"seconds\":%.1f,",
	       churn->done + churn->failed, churn->failed, churn->patched, churn->changed, seconds);
	printf("\"traps\":{\"task\":%" PRIu64 ",\"softirq\":%" PRIu64 ",\"hardirq\":%" PRIu64
	       ",\"nmi\":%" PRIu64 "},\"stale\":%" PRIu64 ",",
	       after.traps_task - before->traps_task, after.traps_softirq - before->traps_softirq,
	       after.traps_hardirq - before->traps_hardirq, after.traps_nmi - before->traps_nmi,
	       after.traps_stale - before->traps_stale);
	printf("\"overflows\":%" PRIu64 ",\"lapses\":%" PRIu64 ",\"max_depth\":%u,",
	       after.overflows - before->overflows, after.lapses - before->lapses,
	       churn->max_depth);
	printf("\"of_transitions\":{\"traps\":%" PRIu64 ",\"overflows\":%" PRIu64
	       ",\"lapses\":%" PRIu64 "},\"ops\":[",
	       churn->traps, churn->overflows, churn->lapses);
	r = lph_ops(churn->lph, print_op, &printer);
	printf("]}\n");
	return r;
}

/* Return: 1 if there is enough of it after so many changes, 0, or a negative error. */
static int enough(struct churn *churn, const struct lph_info *before, unsigned long wanted,
		  unsigned long done)
{
	struct lph_info now;
	int r;

	if (done < wanted)
		return 0;
	if (!churn->every_context || done == 100 * wanted)
		return 1;
	r = lph_info(churn->lph, &now);
	if (r)
		return r;
	return now.traps_task > before->traps_task && now.traps_softirq > before->traps_softirq &&
	       now.traps_hardirq > before->traps_hardirq && now.traps_nmi > before->traps_nmi;
}

static int run(struct churn *churn, unsigned long changes, unsigned int extra, unsigned int queue,
	       const char *control_file)
{
	struct timespec start, end;
	struct lph_info before;
	unsigned long i;
	int r;

	r = lph_info(churn->lph, &before);
	if (r)
		return r;
	r = add_staying(churn);
	if (r)
		return r;
	r = control(control_file, "1");
	if (r)
		return r;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0;; i++) {
		r = enough(churn, &before, changes, i);
		if (r > 0)
			break;
		if (!r)
			r = change(churn, extra);
		if (!r)
			r = change_patches(churn);
		if (!r)
			r = wait_for(churn, queue - 1);
		if (r)
			return r;
	}
	r = wait_for(churn, 0);
	if (!r)
		r = wait_for_patches(churn);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (r)
		return r;

	r = control(control_file, "0");
	if (r)
		return r;
	r = remove_extra(churn);
	if (!r)
		r = remove_patches(churn);
	if (r)
		return r;
	r = report(churn, &before,
		   (double)(end.tv_sec - start.tv_sec) +
			   (double)(end.tv_nsec - start.tv_nsec) / 1e9);
	if (r)
		return r;
	return remove_staying(churn);
}

static void add_function(struct churn *churn, const char *symbol, bool stays)
{
	if (churn->nr_functions == MAX_FUNCTIONS) {
		fprintf(stderr, "more than %d functions\n", MAX_FUNCTIONS);
		exit(2);
	}
	churn->functions[churn->nr_functions++] = (struct function){
		.name.symbol = symbol,
		.stays = stays,
	};
}

static void add_patch(struct churn *churn, char *name)
{
	if (churn->nr_patches == MAX_PATCHES) {
		fprintf(stderr, "more than %d patches\n", MAX_PATCHES);
		exit(2);
	}
	churn->patches[churn->nr_patches++].name = name;
}

static unsigned long number(const char *text, unsigned long min, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || value < min || value > max) {
		fprintf(stderr, "%s: not a number from %lu to %lu\n", text, min, max);
		exit(2);
	}
	return value;
}

static uint32_t strategy_by_name(const char *name)
{
	static const char *const names[] = {
		[LPH_STRATEGY_SLOTS] = "slots",
		[LPH_STRATEGY_EMULATE] = "emulate",
		[LPH_STRATEGY_STUB] = "stub",
		[LPH_STRATEGY_SPIN] = "spin",
	};
	uint32_t i;

	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		if (!strcmp(names[i], name))
			return i;
	fprintf(stderr, "%s: no strategy\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *module = NULL, *control_file = NULL;
	unsigned long changes = 1000, extra = 3, queue = 8;
	static struct churn churn;
	uint32_t strategy = LPH_STRATEGY_SLOTS;
	unsigned int i;
	int c, r;

	while ((c = getopt(argc, argv, "m:t:n:s:x:q:p:cer:")) != -1) {
		switch (c) {
		case 'm':
			module = optarg;
			break;
		case 't':
			add_function(&churn, optarg, false);
			break;
		case 'n':
			changes = number(optarg, 0, 1000000);
			break;
		case 's':
			strategy = strategy_by_name(optarg);
			break;
		case 'x':
			extra = number(optarg, 1, MAX_EXTRA);
			break;
		case 'q':
			queue = number(optarg, 1, 32);
			break;
		case 'p':
			add_patch(&churn, optarg);
			break;
		case 'e':
			churn.every_context = true;
			break;
		case 'c':
			churn.changes = true;
			break;
		case 'r':
			control_file = optarg;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	for (; optind < argc; optind++)
		add_function(&churn, argv[optind], true);
	if (!churn.nr_functions) {
		fputs(usage, stderr);
		return 2;
	}
	/* A change needs an op that is not in flight. */
	if (queue > churn.nr_functions * extra)
		queue = churn.nr_functions * extra;
	for (i = 0; i < churn.nr_functions; i++)
		churn.functions[i].name.module = module;

	r = lph_open(&churn.lph);
	if (r)
		return 1;
	lph_use(churn.lph, strategy);
	r = run(&churn, changes, (unsigned int)extra, (unsigned int)queue, control_file);
	lph_close(churn.lph);
	return r || churn.failed ? 1 : 0;
}
