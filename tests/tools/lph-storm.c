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
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../module/churn.h"
#include "lph.h"
#include "storm.h"

#define PATCHES		   3
#define OPS		   6
#define TRANSITIONS	   16
#define WORKERS		   16
/* Seconds, on a busy machine; who sits in a function is woken after 10. */
#define TRANSITION_TIMEOUT (90 * storm.slower)
#define MODULE_TIMEOUT	   (60 * storm.slower)
#define STUCK_TIMEOUT	   (240 * storm.slower)

enum patch_state {
	ABSENT,
	LOADED,
	APPLIED,
};

struct patch {
	const char *name;
	enum churn_owner owner;
	uint32_t has; /* bits of enum churn_target */
	enum patch_state state;
	bool pending; /* a transition of it is in flight */
	uint64_t entered; /* when its module went */
};

enum what {
	APPLY,
	REMOVE,
	ORDER,
	OP,
};

struct transition {
	uint64_t id; /* 0: free */
	enum what what;
	struct patch *patch;
	struct patch *order[PATCHES];
	double begun;
	bool cancelled; /* and that was accepted */
};

struct worker {
	enum ingredient what;
	pid_t pid;
};

struct counts {
	uint64_t entered[CHURN_TARGETS][CHURN_OWNERS];
	uint64_t left[CHURN_TARGETS][CHURN_OWNERS];
};

static const char *const ingredients[STORM_INGREDIENTS] = {
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

static const char *const targets[CHURN_TARGETS] = { "outer", "inner", "tail", "cold", "sleep" };
static const char *const owners[CHURN_OWNERS] = { "original", "churn_a", "churn_b", "churn_c" };

static struct patch patches[PATCHES] = {
	{ .name = "churn_a", .owner = CHURN_A, .has = 0x1f },
	{ .name = "churn_b", .owner = CHURN_B, .has = 0x0f },
	{ .name = "churn_c", .owner = CHURN_C, .has = 0x13 },
};

static struct {
	struct lph *lph;
	const char *dir; /* the tests' */
	char helper[256]; /* its file */
	char clone[48]; /* what churn_c is told */
	bool verbose, go_on, over, hung;
	double start;
	struct patch *stack[PATCHES]; /* applied ones, from bottom to top */
	struct transition transitions[TRANSITIONS];
	uint32_t ops[OPS]; /* ids, 0: none */
	bool churn; /* lph_churn is loaded, and calls */
	struct worker workers[WORKERS];
	struct counts settled; /* when the last transition of a patch did */
	bool has_settled;
	/* the summary */
	uint64_t actions, done, reversed, failed, refused, cancels, late, kills;
	uint64_t loads, reloads, helpers;
	double longest;
	char longest_what[64];
	uint64_t calls[CHURN_TARGETS][CHURN_OWNERS];
	uint64_t mismatches, mixtures, lapses;
	unsigned int violations;
	char violation[512]; /* the first one */
	double slower; /* how many times longer than usual all may take */
} storm = { .slower = 1 };

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

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What is going on, for whoever finds that it never ends. */
static char step[256];

__attribute__((format(printf, 1, 2))) static void doing(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(step, sizeof(step), format, args);
	va_end(args);
	alarm((unsigned int)STUCK_TIMEOUT);
	if (storm.verbose)
		fprintf(stderr, "%8.3f %s\n", now() - storm.start, step);
}

__attribute__((format(printf, 1, 2))) static void violation(const char *format, ...)
{
	char text[sizeof(storm.violation)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "%8.3f violation: %s\n", now() - storm.start, text);
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

/* ----------------------------------------------------------------- modules */

static const char *module_file(const char *name)
{
	static char path[512];

	if (!strcmp(name, "livepatch_helper"))
		return storm.helper;
	snprintf(path, sizeof(path), "%s/%s/%s.ko", storm.dir,
		 strcmp(name, "lph_churn") ? "patches" : "module", name);
	return path;
}

static int insert_it(const char *name, const char *args)
{
	int fd = open(module_file(name), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, args, 0))
		return errno;
	return 0;
}

static int delete_it(const char *name, const char *args)
{
	(void)args;
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

/*
 * In a process of its own: nothing gets one out that waits in the kernel for ever.
 * Returns 0 or -errno, -ETIMEDOUT where it hangs.
 */
static int in_child(int (*fn)(const char *name, const char *args), const char *name,
		    const char *args)
{
	struct pollfd pollfd = { .events = POLLIN };
	pid_t pid = fork();
	int status, r;

	if (!pid)
		_exit(fn(name, args));
	pollfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	do
		r = poll(&pollfd, 1, (int)(MODULE_TIMEOUT * 1000));
	while (r < 0 && errno == EINTR);
	close(pollfd.fd);
	if (r <= 0) {
		storm.hung = true;
		storm.over = true;
		violation("%s of %s has not returned after %.0f s",
			  fn == insert_it ? "init_module" : "delete_module", name, MODULE_TIMEOUT);
		return -ETIMEDOUT;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int insert(const char *name, const char *args)
{
	int r = in_child(insert_it, name, args);

	storm.loads += !r;
	return r;
}

static int rmmod(const char *name)
{
	return in_child(delete_it, name, NULL);
}

/* What holds it is on its way out. */
static int rmmod_soon(const char *name)
{
	double end = now() + MODULE_TIMEOUT;
	int r;

	while ((r = rmmod(name)) == -EAGAIN || r == -EBUSY) {
		if (now() > end) {
			violation("%s is in use for %.0f s, though nothing uses it", name,
				  MODULE_TIMEOUT);
			return r;
		}
		usleep(5000);
	}
	return r;
}

/* ---------------------------------------------------------------- counts */

static int find(const char *const names[], int n, const char *name)
{
	while (n-- && strcmp(names[n], name))
		;
	return n;
}

static bool read_counts(struct counts *ret)
{
	unsigned long long entered, left;
	char target[16], owner[16];
	FILE *file;
	int t, o;

	file = storm.churn ? fopen(STORM_DIR "/bodies", "re") : NULL;
	if (!file)
		return false;
	while (fscanf(file, "%15s %15s %llu %llu", target, owner, &entered, &left) == 4) {
		t = find(targets, CHURN_TARGETS, target);
		o = find(owners, CHURN_OWNERS, owner);
		if (t < 0 || o < 0)
			continue;
		ret->entered[t][o] = entered;
		ret->left[t][o] = left;
	}
	fclose(file);
	return true;
}

static void check_faults(void)
{
	static const char *const what[] = { "mismatch", "mixture" };
	unsigned long long counts[2] = {}, told[2] = { storm.mismatches, storm.mixtures };
	static unsigned long long seen[2];
	char text[256] = "";
	FILE *file;
	int i;

	file = storm.churn ? fopen(STORM_DIR "/faults", "re") : NULL;
	if (!file)
		return;
	if (fscanf(file, "%llu %llu", &counts[0], &counts[1]) != 2)
		violation("%s cannot be read", STORM_DIR "/faults");
	fclose(file);
	file = fopen(STORM_DIR "/fault", "re");
	if (file) {
		if (!fgets(text, sizeof(text), file))
			text[0] = '\0';
		fclose(file);
	}
	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < 2; i++) {
		if (counts[i] + told[i] > seen[i])
			violation("%s: %s", what[i], text);
		seen[i] = counts[i] + told[i];
	}
}

/* Nobody is in a body of a patch that is not applied; true: so it is. */
static bool check_left(const struct patch *patch, const char *when)
{
	struct counts counts = {};
	enum churn_target t;
	bool left = true;
	int64_t in;

	if (!read_counts(&counts))
		return true;
	for (t = 0; t < CHURN_TARGETS; t++) {
		in = (int64_t)(counts.entered[t][patch->owner] - counts.left[t][patch->owner]);
		if (!in)
			continue;
		violation("%s %s, and %" PRId64 " calls are in its body of lph_churn_%s()",
			  patch->name, when, in, targets[t]);
		left = false;
	}
	return left;
}

static uint64_t entered(const struct patch *patch)
{
	struct counts counts = {};
	enum churn_target t;
	uint64_t sum = 0;

	(void)read_counts(&counts);
	for (t = 0; t < CHURN_TARGETS; t++)
		sum += counts.entered[t][patch->owner];
	return sum;
}

static enum churn_owner winner(enum churn_target target)
{
	int i;

	for (i = PATCHES - 1; i >= 0; i--)
		if (storm.stack[i] && storm.stack[i]->has & 1U << target)
			return storm.stack[i]->owner;
	return CHURN_ORIGINAL;
}

static bool patching(void)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++)
		if (storm.transitions[i].id && storm.transitions[i].what != OP)
			return true;
	return false;
}

/* From when no transition of a patch is in flight until one is: who wins, is entered alone. */
static void begin_calm(void)
{
	storm.has_settled = !patching() && read_counts(&storm.settled);
}

static void end_calm(void)
{
	struct counts counts = {};
	enum churn_target t;
	enum churn_owner o;
	uint64_t n;

	if (!storm.has_settled || !read_counts(&counts))
		return;
	storm.has_settled = false;
	for (t = 0; t < CHURN_TARGETS; t++) {
		for (o = 0; o < CHURN_OWNERS; o++) {
			n = counts.entered[t][o] - storm.settled.entered[t][o];
			if (n && o != winner(t))
				violation("%" PRIu64 " calls entered the body of %s for lph_churn_%s(), with that of %s on top",
					  n, owners[o], targets[t], owners[winner(t)]);
		}
	}
}

/* ------------------------------------------------------------------- transitions */

static struct transition *by_id(uint64_t id)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++)
		if (storm.transitions[i].id == id)
			return &storm.transitions[i];
	return NULL;
}

static unsigned int in_flight(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < TRANSITIONS; i++)
		n += storm.transitions[i].id != 0;
	return n;
}

static const char *transition_name(const struct transition *transition)
{
	static const char *const verbs[] = { "apply", "remove", "order", "op" };
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", verbs[transition->what], transition->patch ? " " : "",
		 transition->patch ? transition->patch->name : "");
	return text;
}

static void take_off(struct patch *patch)
{
	unsigned int i, n = 0;

	for (i = 0; i < PATCHES; i++)
		if (storm.stack[i] && storm.stack[i] != patch)
			storm.stack[n++] = storm.stack[i];
	while (n < PATCHES)
		storm.stack[n++] = NULL;
}

static void put_on(struct patch *patch)
{
	unsigned int n = 0;

	take_off(patch);
	while (storm.stack[n])
		n++;
	storm.stack[n] = patch;
}

static void unload_patch(struct patch *patch)
{
	int r;

	doing("rmmod %s", patch->name);
	r = rmmod_soon(patch->name);
	if (r) {
		violation("%s cannot be unloaded: %s", patch->name, strerror(-r));
		return;
	}
	patch->state = ABSENT;
	(void)check_left(patch, "is unloaded");
	patch->entered = storm.churn ? entered(patch) : 0;
}

static void patch_settled(struct transition *transition, bool done)
{
	struct patch *patch = transition->patch;

	if (transition->what == ORDER && done)
		memcpy(storm.stack, transition->order, sizeof(storm.stack));
	if (!patch)
		return;
	patch->pending = false;
	patch->state = (transition->what == APPLY) == done ? APPLIED : LOADED;
	if (transition->what == APPLY && done)
		put_on(patch);
	else if (transition->what == REMOVE && done)
		take_off(patch);
	/* Whoever is in it against the rule, the kernel finds in freed text. */
	if (patch->state == LOADED && !check_left(patch, done ? "is removed" : "is not applied") &&
	    storm.go_on)
		unload_patch(patch);
}

static bool may_fail(const struct transition *transition, uint32_t error)
{
	switch (error) {
	case EAGAIN: /* a stop that found somebody in it at each try */
	case ENODEV: /* lph_churn comes or goes */
	case ENOENT:
		return true;
	case EBUSY: /* an op: the function is latency's, or a direct caller's */
	case ENOSPC:
		return transition->what == OP;
	default:
		return false;
	}
}

static void on_event(const struct lph_event *event, void *arg)
{
	struct transition *transition = event->id ? by_id(event->id) : NULL;
	double took;

	(void)arg;
	if (!transition || event->state == LPH_TRANSITION_QUEUED || event->state == LPH_TRANSITION_RUNNING)
		return;
	took = now() - transition->begun;
	doing("transition %" PRIu64 " (%s): %s after %.3f s", event->id, transition_name(transition),
	      event->state == LPH_TRANSITION_DONE   ? "done" :
	      event->state == LPH_TRANSITION_FAILED ? event->message :
						      "reversed",
	      took);
	if (took > storm.longest) {
		storm.longest = took;
		snprintf(storm.longest_what, sizeof(storm.longest_what), "%s", transition_name(transition));
	}
	storm.lapses += event->lapses;
	switch (event->state) {
	case LPH_TRANSITION_DONE:
		storm.done++;
		if (transition->cancelled)
			violation("the cancel of transition %" PRIu64 " (%s) was accepted, and it is done all the same",
				  event->id, transition_name(transition));
		break;
	case LPH_TRANSITION_REVERSED:
		storm.reversed++;
		if (!transition->cancelled)
			violation("nobody cancelled transition %" PRIu64 " (%s), and it is reversed", event->id,
				  transition_name(transition));
		break;
	default:
		storm.failed++;
		if (!may_fail(transition, event->error))
			violation("transition %" PRIu64 " (%s) failed: %s: %s", event->id, transition_name(transition),
				  strerror((int)event->error), event->message);
		break;
	}
	/* What there is of an op, whatever came of it, is deleted in the end. */
	if (transition->what != OP)
		patch_settled(transition, event->state == LPH_TRANSITION_DONE);
	*transition = (struct transition){};
	if (!patching())
		begin_calm();
}

/* Hands on what comes in so many seconds. */
static int listen_for(double seconds)
{
	double end = now() + seconds, left;
	int r;

	while ((left = end - now()) > 0 || lph_wait(storm.lph, 0) > 0) {
		r = lph_wait(storm.lph, left > 0 ? (int)(left * 1000) + 1 : 0);
		if (r > 0)
			r = lph_events(storm.lph, 0, on_event, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static void check_times(void)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++) {
		struct transition *transition = &storm.transitions[i];

		if (!transition->id || now() - transition->begun < TRANSITION_TIMEOUT)
			continue;
		violation("transition %" PRIu64 " (%s%s) has not settled after %.0f s", transition->id,
			  transition_name(transition), transition->cancelled ? ", cancelled" : "", TRANSITION_TIMEOUT);
		transition->begun = now();
		/* Nothing that it holds can be taken away. */
		storm.hung = true;
		storm.over = true;
	}
}

static struct transition *begin(enum what what, struct patch *patch)
{
	struct transition *transition = by_id(0);

	*transition = (struct transition){ .what = what, .patch = patch, .begun = now() };
	return transition;
}

static void refuse(struct transition *transition)
{
	*transition = (struct transition){};
	storm.refused++;
}

static uint32_t any_consistency(void)
{
	return storm_has(STORM_STOP) && !storm_below(3) ? LPH_CONSISTENCY_STOP : LPH_CONSISTENCY_TASK;
}

static void change(struct patch *patch, enum what what, uint32_t consistency)
{
	struct transition *transition;

	doing("%s %s, consistency %s", what == APPLY ? "apply" : "remove", patch->name,
	      consistency == LPH_CONSISTENCY_STOP ? "stop" : "task");
	end_calm();
	transition = begin(what, patch);
	if (lph_patch(storm.lph, what == APPLY ? LPH_CMD_APPLY_PATCH : LPH_CMD_REMOVE_PATCH, patch->name,
		      consistency, &transition->id))
		refuse(transition);
	else
		patch->pending = true;
	if (!patching())
		begin_calm();
}

/* Waits until no transition is in flight. */
static void settle_all(void)
{
	while (in_flight() && !storm.hung) {
		doing("wait for %u transitions", in_flight());
		if (listen_for(0.5))
			break;
		check_times();
	}
}

/* ------------------------------------------------------------------------ actions */

static struct patch *any_patch(enum patch_state state)
{
	struct patch *found[PATCHES];
	uint32_t i, n = 0;

	for (i = 0; i < PATCHES; i++)
		if (patches[i].state == state && !patches[i].pending)
			found[n++] = &patches[i];
	return n ? found[storm_below(n)] : NULL;
}

static void load_patch(struct patch *patch)
{
	int r;

	doing("insert %s", patch->name);
	if (patch->entered && storm.churn && entered(patch) != patch->entered)
		violation("bodies of %s were entered while its module was not loaded", patch->name);
	r = insert(patch->name, patch->owner == CHURN_C ? storm.clone : "");
	if (r)
		violation("%s cannot be loaded: %s", patch->name, strerror(-r));
	else
		patch->state = LOADED;
}

static bool act_load(void)
{
	struct patch *patch = any_patch(ABSENT);

	if (patch)
		load_patch(patch);
	return patch;
}

static bool act_unload(void)
{
	struct patch *patch = storm_has(STORM_UNLOAD) ? any_patch(LOADED) : NULL;

	if (patch)
		unload_patch(patch);
	return patch;
}

static bool act_unload_applied(void)
{
	struct patch *patch = storm_has(STORM_UNLOAD) ? any_patch(APPLIED) : NULL;

	if (!patch)
		return false;
	doing("rmmod %s, which is applied", patch->name);
	if (!rmmod(patch->name))
		violation("%s was unloaded while it was applied", patch->name);
	return true;
}

static bool act_apply(void)
{
	struct patch *patch = any_patch(LOADED);

	if (patch)
		change(patch, APPLY, any_consistency());
	return patch;
}

static bool act_remove(void)
{
	struct patch *patch = any_patch(APPLIED);

	if (patch)
		change(patch, REMOVE, any_consistency());
	return patch;
}

static bool act_order(void)
{
	struct transition *transition;
	char *names[PATCHES];
	unsigned int n, i, j;

	if (!storm_has(STORM_ORDER) || patching() || !storm.stack[1])
		return false;
	end_calm();
	transition = begin(ORDER, NULL);
	memcpy(transition->order, storm.stack, sizeof(storm.stack));
	for (n = 0; n < PATCHES && storm.stack[n]; n++)
		;
	for (i = n - 1; i; i--) {
		struct patch *other = transition->order[i];

		j = storm_below(i + 1);
		transition->order[i] = transition->order[j];
		transition->order[j] = other;
	}
	for (i = 0; i < n; i++)
		names[i] = (char *)transition->order[i]->name;
	doing("order %s %s %s", names[0], names[1], n > 2 ? names[2] : "");
	if (lph_order(storm.lph, names, n, any_consistency(), &transition->id))
		refuse(transition);
	if (!patching())
		begin_calm();
	return true;
}

static bool act_cancel(void)
{
	uint32_t i = storm_below(TRANSITIONS), n = TRANSITIONS;
	struct transition *transition;
	int r;

	if (!storm_has(STORM_CANCEL))
		return false;
	do
		transition = &storm.transitions[++i % TRANSITIONS];
	while (--n && (!transition->id || transition->what == OP || transition->cancelled));
	if (!n)
		return false;
	doing("cancel %" PRIu64 " (%s)", transition->id, transition_name(transition));
	r = lph_cancel(storm.lph, transition->id);
	if (!r) {
		transition->cancelled = true;
		storm.cancels++;
	} else {
		storm.late++;
		if (r != -EALREADY)
			violation("cancel of transition %" PRIu64 " (%s): %s", transition->id,
				  transition_name(transition), strerror(-r));
	}
	return true;
}

static bool act_add_op(void)
{
	static const char *const symbols[] = { "lph_churn_outer", "lph_churn_inner", "lph_churn_tail",
					       "lph_churn_cold", "lph_churn_sleep" };
	struct lph_function function = { .symbol = symbols[storm_below(CHURN_TARGETS)], .module = "lph_churn" };
	struct transition *transition;
	unsigned int i;

	for (i = 0; i < OPS && storm.ops[i]; i++)
		;
	if (!storm_has(STORM_OPS) || i == OPS || !storm.churn || in_flight() > TRANSITIONS - 4)
		return false;
	doing("add an op to %s", function.symbol);
	transition = begin(OP, NULL);
	if (lph_add(storm.lph, &function, (int32_t)storm_below(3) - 1, &storm.ops[i], &transition->id)) {
		storm.ops[i] = 0;
		refuse(transition);
	}
	return true;
}

static bool act_change_op(void)
{
	static const uint32_t kinds[] = { LPH_KIND_COUNT, LPH_KIND_EVENT, LPH_KIND_LATENCY };
	uint32_t *op = &storm.ops[storm_below(OPS)];
	struct transition *transition;

	if (!*op || in_flight() > TRANSITIONS - 4)
		return false;
	doing("change op %u", *op);
	transition = begin(OP, NULL);
	if (lph_change(storm.lph, *op, kinds[storm_below(3)], (int32_t)storm_below(3) - 1, &transition->id))
		refuse(transition);
	return true;
}

static void delete_op(uint32_t *op)
{
	struct transition *transition = begin(OP, NULL);

	doing("delete op %u", *op);
	if (lph_del(storm.lph, *op, &transition->id))
		refuse(transition);
	/* Refused, it is gone already: with lph_churn, or since it could not be added. */
	*op = 0;
}

static bool act_delete_op(void)
{
	uint32_t *op = &storm.ops[storm_below(OPS)];

	if (!*op || in_flight() > TRANSITIONS - 3)
		return false;
	delete_op(op);
	return true;
}

static int write_run(const char *value)
{
	int fd = open(STORM_DIR "/run", O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || write(fd, value, 1) != 1)
		r = -errno;
	close(fd);
	return r;
}

static bool load_churn(void)
{
	int called = (1 << CHURN_TARGETS) - 1, r;
	char args[128];

	if (!storm_has(STORM_TAIL))
		called &= ~(1 << CHURN_TAIL);
	if (!storm_has(STORM_COLD))
		called &= ~(1 << CHURN_COLD);
	snprintf(args, sizeof(args), "threads=%d works=%d irqs=%d targets=%d",
		 storm_has(STORM_KTHREADS) ? 2 : 0, storm_has(STORM_WORKS), storm_has(STORM_IRQS), called);
	doing("insert lph_churn");
	r = insert("lph_churn", args);
	if (!r)
		r = write_run("1");
	if (r) {
		violation("lph_churn cannot be loaded: %s", strerror(-r));
		return false;
	}
	storm.churn = true;
	begin_calm();
	return true;
}

/* All calls end, and what was counted is added up. */
static void unload_churn(void)
{
	struct counts counts = {};
	unsigned long long bad[2] = {};
	enum churn_target t;
	enum churn_owner o;
	FILE *file;
	int r;

	doing("end all calls");
	end_calm();
	r = write_run("0");
	if (r)
		violation("%s: %s", STORM_DIR "/run", strerror(-r));
	check_faults();
	(void)read_counts(&counts);
	for (t = 0; t < CHURN_TARGETS; t++) {
		for (o = 0; o < CHURN_OWNERS; o++) {
			storm.calls[t][o] += counts.entered[t][o];
			if (counts.entered[t][o] != counts.left[t][o])
				violation("no call is left, and %" PRId64 " are in the body of %s for lph_churn_%s()",
					  (int64_t)(counts.entered[t][o] - counts.left[t][o]), owners[o], targets[t]);
		}
	}
	file = fopen(STORM_DIR "/faults", "re");
	if (file) {
		if (fscanf(file, "%llu %llu", &bad[0], &bad[1]) == 2) {
			storm.mismatches += bad[0];
			storm.mixtures += bad[1];
		}
		fclose(file);
	}
	storm.churn = false;
	for (o = 0; o < PATCHES; o++)
		patches[o].entered = 0;
	doing("rmmod lph_churn");
	r = rmmod_soon("lph_churn");
	if (r)
		violation("lph_churn cannot be unloaded: %s", strerror(-r));
	/* Its ops went with it. */
	memset(storm.ops, 0, sizeof(storm.ops));
}

static bool act_reload(void)
{
	if (!storm_has(STORM_RELOAD))
		return false;
	unload_churn();
	if (storm.over || listen_for(storm_below(2) ? 0 : 0.05 * storm_below(10)))
		return true;
	/* While it is gone, a patch of it comes or goes. */
	if (storm_below(2))
		(void)act_apply();
	else if (storm_below(2))
		(void)act_remove();
	storm.reloads += load_churn();
	return true;
}

static void remove_patches(void)
{
	unsigned int i, tries;

	settle_all();
	for (i = 0; i < PATCHES; i++) {
		for (tries = 0; patches[i].state == APPLIED && tries < 3 && !storm.hung; tries++) {
			change(&patches[i], REMOVE, LPH_CONSISTENCY_TASK);
			settle_all();
		}
		if (patches[i].state == APPLIED && !storm.hung)
			violation("%s cannot be removed", patches[i].name);
	}
	if (storm.over && storm.hung)
		return;
	for (i = 0; i < PATCHES; i++)
		if (patches[i].state == LOADED)
			unload_patch(&patches[i]);
}

/* What is queued when it is asked to go, it sees to first. */
static bool act_helper(void)
{
	unsigned int i;

	if (!storm_has(STORM_HELPER))
		return false;
	remove_patches();
	if (storm.over)
		return true;
	(void)act_add_op();
	for (i = 0; i < OPS; i++)
		if (storm.ops[i])
			delete_op(&storm.ops[i]);
	doing("rmmod livepatch_helper");
	lph_close(storm.lph);
	storm.lph = NULL;
	if (rmmod_soon("livepatch_helper")) {
		storm.over = true;
		return true;
	}
	memset(storm.transitions, 0, sizeof(storm.transitions));
	doing("insert livepatch_helper");
	if (insert("livepatch_helper", "") || lph_open(&storm.lph)) {
		violation("livepatch_helper cannot be loaded again");
		storm.over = true;
		return true;
	}
	storm.helpers++;
	begin_calm();
	return true;
}

static void kill_worker(struct worker *worker)
{
	/* With all that it has started. */
	kill(-worker->pid, SIGKILL);
	waitpid(worker->pid, NULL, 0);
}

static bool act_kill(void)
{
	struct worker *worker = &storm.workers[storm_below(WORKERS)];

	if (!storm_has(STORM_KILL) || !worker->pid)
		return false;
	doing("kill a worker: %s", ingredients[worker->what]);
	kill_worker(worker);
	storm.kills++;
	worker->pid = storm_worker(worker->what, storm_random());
	setpgid(worker->pid, worker->pid);
	return true;
}

/* One action that there is something to do for; while all is in flight there may be none. */
static void act(void)
{
	static const struct {
		bool (*fn)(void);
		uint32_t weight;
	} actions[] = {
		{ act_load, 6 },
		{ act_unload, 5 },
		{ act_unload_applied, 1 },
		{ act_apply, 10 },
		{ act_remove, 8 },
		{ act_order, 5 },
		{ act_cancel, 3 },
		{ act_add_op, 3 },
		{ act_change_op, 2 },
		{ act_delete_op, 2 },
		{ act_reload, 1 },
		{ act_helper, 1 },
		{ act_kill, 3 },
	};
	uint32_t at, i, tries;

	for (tries = 0; tries < 50; tries++) {
		at = storm_below(50);
		for (i = 0; at >= actions[i].weight; i++)
			at -= actions[i].weight;
		if (!actions[i].fn())
			continue;
		storm.actions++;
		return;
	}
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
			kill_worker(&storm.workers[i]);
	storm_all_cpus();
}

static void report(uint64_t seed)
{
	const char *comma = "";
	enum churn_target t;
	enum churn_owner o;
	unsigned int i;

	printf("{\"seed\":%" PRIu64 ",\"seconds\":%.1f,\"actions\":%" PRIu64, seed, now() - storm.start, storm.actions);
	printf(",\"transitions\":{\"done\":%" PRIu64 ",\"reversed\":%" PRIu64 ",\"failed\":%" PRIu64
	       ",\"refused\":%" PRIu64 "}",
	       storm.done, storm.reversed, storm.failed, storm.refused);
	printf(",\"longest\":{\"seconds\":%.3f,\"what\":\"%s\"}", storm.longest, storm.longest_what);
	printf(",\"cancels\":{\"accepted\":%" PRIu64 ",\"late\":%" PRIu64 "}", storm.cancels, storm.late);
	printf(",\"modules\":{\"loads\":%" PRIu64 ",\"lph_churn\":%" PRIu64 ",\"livepatch_helper\":%" PRIu64 "}",
	       storm.loads, storm.reloads, storm.helpers);
	printf(",\"kills\":%" PRIu64 ",\"hotplugs\":%" PRIu64 ",\"calls\":{", storm.kills, storm_shared->hotplugs);
	for (t = 0; t < CHURN_TARGETS; t++) {
		printf("%s\"%s\":{", t ? "," : "", targets[t]);
		for (o = 0; o < CHURN_OWNERS; o++)
			printf("%s\"%s\":%" PRIu64, o ? "," : "", owners[o], storm.calls[t][o]);
		printf("}");
	}
	printf("},\"workers\":{");
	for (i = 0; i < STORM_WORKERS; i++) {
		if (i == STORM_HOTPLUG || !storm_has(i))
			continue;
		printf("%s\"%s\":%" PRIu64, comma, ingredients[i], storm_shared->calls[i]);
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
		violation("/proc/execdomains is of no body: %.*s", (int)sizeof(storm_shared->proc_mismatch),
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

	if (!load_churn())
		return -EIO;
	start_workers();
	while (!storm.over && (now() - storm.start < seconds || !enough(transitions))) {
		act();
		if (storm.over)
			break;
		r = listen_for(storm_below(3) ? 0.001 * storm_below(60) : 0.001 * storm_below(600));
		if (r)
			break;
		check_times();
		check_faults();
		check_proc();
		if (now() - storm.start >= second + 10) {
			second += 10;
			fprintf(stderr, "%8.3f %" PRIu64 " actions, transitions: %" PRIu64 " done, %" PRIu64 " reversed\n",
				now() - storm.start, storm.actions, storm.done, storm.reversed);
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
		unload_churn();
	if (!storm.lph)
		return;
	for (i = 0; i < OPS; i++)
		if (storm.ops[i])
			delete_op(&storm.ops[i]);
	remove_patches();
}

static uint32_t ingredients_of(char *list)
{
	uint32_t set = 0;
	char *word;
	int i;

	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		i = find(ingredients, STORM_INGREDIENTS, word);
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
		fprintf(file, " %s", ingredients[i]);
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

	storm.start = now();
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
