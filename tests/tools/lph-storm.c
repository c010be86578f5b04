// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-storm: patches, ops and modules come and go at random on functions that all
 * kinds of tasks are in, and nothing may be seen of that but declared bodies.
 *
 * It knows what must hold after each step: a patch that was removed has nobody in
 * its bodies, an accepted cancel ends as reversed, with nothing in flight every call
 * enters the topmost body, what is asked for settles in time, a module that nothing
 * uses goes. lph_churn checks each call. A body that is run though it is freed, the
 * kernel finds.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "storm-stir.h"

const char *const storm_ingredients[STORM_INGREDIENTS] = {
	[STORM_READ] = "read",
	[STORM_SLEEP] = "sleep",
	[STORM_GUEST] = "guest",
	[STORM_URING] = "uring",
	[STORM_PTRACE] = "ptrace",
	[STORM_FORK] = "fork",
	[STORM_PROC] = "proc",
	[STORM_HOTPLUG] = "hotplug",
	[STORM_KTHREADS] = "kthreads",
	[STORM_WORKS] = "works",
	[STORM_IRQS] = "irqs",
	[STORM_TAIL] = "tail",
	[STORM_COLD] = "cold",
	[STORM_STOP] = "stop",
	[STORM_CANCEL] = "cancel",
	[STORM_ORDER] = "order",
	[STORM_UNLOAD] = "unload",
	[STORM_OPS] = "ops",
	[STORM_RELOAD] = "reload",
	[STORM_HELPER] = "helper",
	[STORM_KILL] = "kill",
};

struct storm storm = { .slower = 1 };

static const char usage[] =
	"Usage: lph-storm [OPTION]...\n"
	"Patches of livepatch_helper, ops and modules come and go at random, while all kinds\n"
	"of tasks are in the functions. Fails where anything but declared bodies is seen.\n"
	"  -t SECONDS   how long (default 10), and until each kind of worker has called\n"
	"  -n NUMBER    and so many transitions are done\n"
	"  -s SEED      for the same sequence of actions (default: one that is told)\n"
	"  -d DIR       where module/lph_churn.ko and patches/ are\n"
	"               (default /usr/lib/livepatchd/tests)\n"
	"  -k           keep on after a violation, until the kernel finds one itself\n"
	"  -v           tell every action\n"
	"  --slower=N   N times longer than usual all may take\n"
	"  --without=INGREDIENT,...  leave these out\n"
	"  --only=INGREDIENT,...     all others\n"
	"Ingredients:";

/* ---------------------------------------------------------------------- telling */

double storm_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What is going on, for whoever finds that it never ends. */
static char step[256];

void storm_doing(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(step, sizeof(step), format, args);
	va_end(args);
	alarm((unsigned int)STUCK_TIMEOUT);
	if (storm.verbose)
		fprintf(stderr, "%8.3f %s\n", storm_now() - storm.start, step);
}

void storm_violation(const char *format, ...)
{
	char text[sizeof(storm.violation)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "%8.3f violation: %s\n", storm_now() - storm.start, text);
	if (!storm.violations++)
		memcpy(storm.violation, text, sizeof(text));
	if (!storm.go_on)
		storm.over = true;
}

static void stuck(int signal)
{
	static const char text[] = "violation: no end of: ";

	(void)signal;
	if (write(2, text, sizeof(text) - 1) < 0 || write(2, step, strlen(step)) < 0 || write(2, "\n", 1) < 0)
		_exit(3);
	_exit(1);
}

int storm_find(const char *const names[], int n, const char *name)
{
	while (n-- && strcmp(names[n], name))
		;
	return n;
}

/* -------------------------------------------------------------------- from end to end */

static void start_workers(void)
{
	static const enum ingredient all[] = {
		STORM_READ, STORM_READ, STORM_SLEEP, STORM_SLEEP, STORM_GUEST, STORM_GUEST, STORM_GUEST,
		STORM_GUEST, STORM_URING, STORM_PTRACE, STORM_FORK, STORM_PROC, STORM_HOTPLUG
	};
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!storm_has(all[i]))
			continue;
		storm.workers[n].what = all[i];
		storm.workers[n].pid = storm_worker(all[i], storm_random());
		setpgid(storm.workers[n].pid, storm.workers[n].pid);
		n++;
	}
}

static void stop_workers(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (storm.workers[i].pid)
			storm_kill_worker(&storm.workers[i]);
	storm_all_cpus();
}

static void report(uint64_t seed)
{
	const char *comma = "";
	enum churn_target t;
	enum churn_owner o;
	unsigned int i;

	printf("{\"seed\":%" PRIu64 ",\"seconds\":%.1f,\"actions\":%" PRIu64, seed, storm_now() - storm.start,
	       storm.actions);
	printf(",\"transitions\":{\"done\":%" PRIu64 ",\"reversed\":%" PRIu64 ",\"failed\":%" PRIu64
	       ",\"refused\":%" PRIu64 "}",
	       storm.done, storm.reversed, storm.failed, storm.refused);
	printf(",\"longest\":{\"seconds\":%.3f,\"what\":\"%s\"}", storm.longest, storm.longest_what);
	printf(",\"cancels\":{\"accepted\":%" PRIu64 ",\"late\":%" PRIu64 "}", storm.cancels, storm.late);
	printf(",\"modules\":{\"loads\":%" PRIu64 ",\"lph_churn\":%" PRIu64 ",\"livepatch_helper\":%" PRIu64 "}",
	       storm.loads, storm.reloads, storm.helpers);
	printf(",\"kills\":%" PRIu64 ",\"hotplugs\":%" PRIu64 ",\"calls\":{", storm.kills, storm_shared->hotplugs);
	for (t = 0; t < CHURN_TARGETS; t++) {
		printf("%s\"%s\":{", t ? "," : "", storm_targets[t]);
		for (o = 0; o < CHURN_OWNERS; o++)
			printf("%s\"%s\":%" PRIu64, o ? "," : "", storm_owners[o], storm.calls[t][o]);
		printf("}");
	}
	printf("},\"workers\":{");
	for (i = 0; i < STORM_WORKERS; i++) {
		if (i == STORM_HOTPLUG || !storm_has(i))
			continue;
		printf("%s\"%s\":%" PRIu64, comma, storm_ingredients[i], storm_shared->calls[i]);
		comma = ",";
	}
	printf("},\"lapses\":%" PRIu64 ",\"mismatches\":%" PRIu64 ",\"mixtures\":%" PRIu64
	       ",\"violations\":%u,\"violation\":\"",
	       storm.lapses, storm.mismatches + storm_shared->proc_mismatches, storm.mixtures, storm.violations);
	for (i = 0; storm.violation[i]; i++)
		putchar(strchr("\"\\", storm.violation[i]) || storm.violation[i] < ' ' ? '\'' : storm.violation[i]);
	printf("\"}\n");
}

static void check_proc(void)
{
	static uint64_t seen;

	if (storm_shared->proc_mismatches > seen)
		storm_violation("/proc/execdomains is of no body: %.*s", (int)sizeof(storm_shared->proc_mismatch),
				storm_shared->proc_mismatch);
	seen = storm_shared->proc_mismatches;
}

/* Each kind of worker has made a call, and enough transitions are done. */
static bool enough(uint64_t transitions)
{
	enum ingredient i;

	for (i = 0; i < STORM_WORKERS; i++)
		if (i != STORM_HOTPLUG && storm_has(i) &&
		    !__atomic_load_n(&storm_shared->calls[i], __ATOMIC_RELAXED))
			return false;
	return storm.done >= transitions;
}

static int run(double seconds, uint64_t transitions)
{
	unsigned int second = 0;
	int r = 0;

	if (!storm_load_churn())
		return -EIO;
	start_workers();
	while (!storm.over && (storm_now() - storm.start < seconds || !enough(transitions))) {
		storm_act();
		if (storm.over)
			break;
		r = storm_listen_for(storm_below(3) ? 0.001 * storm_below(60) : 0.001 * storm_below(600));
		if (r)
			break;
		storm_check_times();
		storm_check_faults();
		check_proc();
		if (storm_now() - storm.start >= second + 10) {
			second += 10;
			fprintf(stderr, "%8.3f %" PRIu64 " actions, transitions: %" PRIu64 " done, %" PRIu64 " reversed\n",
				storm_now() - storm.start, storm.actions, storm.done, storm.reversed);
		}
	}
	return r;
}

/* Leaves the machine as it was, if that can be. */
static void clean_up(void)
{
	unsigned int i;

	stop_workers();
	if (storm.hung)
		return;
	/* In a body that somebody is in by mistake nobody is any more. */
	if (storm.churn)
		storm_unload_churn();
	if (!storm.lph)
		return;
	for (i = 0; i < OPS; i++)
		if (storm.ops[i])
			storm_delete_op(&storm.ops[i]);
	storm_remove_patches();
}

static uint32_t ingredients_of(char *list)
{
	uint32_t set = 0;
	char *word;
	int i;

	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		i = storm_find(storm_ingredients, STORM_INGREDIENTS, word);
		if (i < 0) {
			fprintf(stderr, "%s: no ingredient\n", word);
			exit(2);
		}
		set |= 1U << i;
	}
	return set;
}

/* An address of the kernel, for what is not exported; 0: it can't be called. */
static void find_clone(void)
{
	char line[256], name[128];
	unsigned long long addr;
	FILE *file;

	/* With indirect branch tracking no pointer may lead to what has none in the kernel. */
	file = fopen("/proc/cpuinfo", "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "flags", 5) && strstr(line, " ibt"))
			goto out;
	if (file)
		fclose(file);
	file = fopen("/proc/kallsyms", "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %*c %127s", &addr, name) == 2 && !strcmp(name, "kernel_clone")) {
			snprintf(storm.clone, sizeof(storm.clone), "kernel_clone=0x%llx", addr);
			break;
		}
	}
out:
	if (file)
		fclose(file);
}

static void help(FILE *file)
{
	unsigned int i;

	fputs(usage, file);
	for (i = 0; i < STORM_INGREDIENTS; i++)
		fprintf(file, " %s", storm_ingredients[i]);
	fputc('\n', file);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "without", required_argument, NULL, 'w' },
		{ "only", required_argument, NULL, 'o' },
		{ "slower", required_argument, NULL, 'x' },
		{ "once", no_argument, NULL, '1' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct utsname utsname;
	double seconds = 10;
	uint64_t seed, transitions = 0;
	int c, r;

	storm.start = storm_now();
	storm.dir = "/usr/lib/livepatchd/tests";
	seed = ((uint64_t)time(NULL) * 1000003 + (uint64_t)getpid()) % 1000000000;
	while ((c = getopt_long(argc, argv, "t:n:s:d:kvh", options, NULL)) != -1) {
		switch (c) {
		case 't':
			seconds = atof(optarg);
			break;
		case 'n':
			transitions = strtoull(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			storm.dir = optarg;
			break;
		case 'k':
			storm.go_on = true;
			break;
		case 'v':
			storm.verbose = true;
			break;
		case 'w':
			storm_without |= ingredients_of(optarg);
			break;
		case 'o':
			storm_without |= ~ingredients_of(optarg);
			break;
		case 'x':
			storm.slower = atof(optarg);
			break;
		case '1':
			return storm_once();
		default:
			help(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	storm_shared = mmap(NULL, sizeof(*storm_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm_shared == MAP_FAILED || uname(&utsname))
		return 1;
	snprintf(storm.helper, sizeof(storm.helper), "/lib/modules/%s/updates/livepatch_helper.ko", utsname.release);
	find_clone();
	fprintf(stderr, "lph-storm: seed %" PRIu64 ", %.0f s\n", seed, seconds);
	storm_seed(seed);
	signal(SIGALRM, stuck);
	r = lph_open(&storm.lph);
	if (r)
		return 1;
	r = run(seconds, transitions);
	storm.over = true;
	clean_up();
	alarm(0);
	report(seed);
	lph_close(storm.lph);
	return r || storm.violations || storm.lapses ? 1 : 0;
}
