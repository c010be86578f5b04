// SPDX-License-Identifier: GPL-2.0-only
/*
 * lph-fuzz: sends netlink requests to the helper, right and wrong ones, from several processes at
 * a time, some of which may not change anything; notes what was accepted; and in the end
 * compares what there is with what there should be by that. Nobody else may
 * change anything meanwhile, and nothing may be there before; but modules may come and go.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

/* Transitions that may wait for their turn before workers wait, too. */
#define QUEUE_MAX 256
#define EVENT_TIMEOUT_MS 120000
/* Messages of one datagram, with those that broken lengths make of them. */
#define PENDING_MAX 64

static const char usage[] =
	"Usage: lph-fuzz [OPTION]... -t FUNCTION...\n"
	"  -t FUNCTION  SYMBOL or MODULE:SYMBOL that requests are about; several times\n"
	"  -p PATCH     of a loaded patch, likewise\n"
	"  -n MESSAGES  how many datagrams (10000)\n"
	"  -s SEED      of what is sent; processes run as they do (1)\n"
	"  -j WORKERS   processes that send (4)\n"
	"  -u USER      one worker of three is this user's, who may change nothing\n";

void fuzz_fault(struct fuzz_shared *shared, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n] = '\n';
	if (atomic_fetch_add(&shared->faults, 1) < 50)
		(void)!write(STDERR_FILENO, line, (size_t)n + 1);
}

/* ------------------------------------------------------------------ workers */

/* A message as the kernel finds it in a datagram, and what it was answered. */
struct pending {
	const struct nlmsghdr *message;
	unsigned int ends; /* acknowledgments, errors and ends of dumps */
	bool refused;
	uint64_t transition;
	uint32_t n, *ids; /* of ops */
};

struct worker {
	struct fuzz_maker maker;
	struct raw_socket sock;
	bool may; /* change something */
	unsigned int n_pending;
	struct pending pending[PENDING_MAX];
};

static bool is_change(const struct nlmsghdr *message)
{
	switch (((const struct genlmsghdr *)NLMSG_DATA(message))->cmd) {
	case LPH_CMD_ADD_OP:
	case LPH_CMD_DEL_OP:
	case LPH_CMD_CHANGE_OP:
	case LPH_CMD_ADD_OPS:
	case LPH_CMD_DEL_OPS:
	case LPH_CMD_APPLY_PATCH:
	case LPH_CMD_REMOVE_PATCH:
	case LPH_CMD_ORDER_PATCHES:
		return true;
	default:
		return false;
	}
}

static void find_messages(struct worker *w)
{
	const struct raw *raw = w->maker.raw;
	const struct nlmsghdr *message;
	size_t at = 0;

	w->n_pending = 0;
	while (raw->len - at >= sizeof(*message) && w->n_pending < PENDING_MAX) {
		message = (const void *)(raw->data + at);
		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > raw->len - at)
			break;
		w->pending[w->n_pending++] = (struct pending){ .message = message };
		at += NLMSG_ALIGN(message->nlmsg_len);
		if (at > raw->len)
			break;
	}
}

static void note_ids(struct pending *p, struct nlattr **attrs)
{
	struct nlattr *t[LPH_TRANSITION_A_MAX + 1], *o[LPH_OP_A_MAX + 1];

	if (attrs[LPH_A_TRANSITION] &&
	    !nla_parse_nested(t, LPH_TRANSITION_A_MAX, attrs[LPH_A_TRANSITION], NULL) &&
	    t[LPH_TRANSITION_A_ID])
		p->transition = nla_get_u64(t[LPH_TRANSITION_A_ID]);
	if (!attrs[LPH_A_OP] || nla_parse_nested(o, LPH_OP_A_MAX, attrs[LPH_A_OP], NULL))
		return;
	p->ids = realloc(p->ids, (p->n + 1) * sizeof(*p->ids));
	if (!p->ids)
		abort();
	p->ids[p->n++] = o[LPH_OP_A_ID] ? nla_get_u32(o[LPH_OP_A_ID]) : 0;
}

static void on_answer(const struct nlmsghdr *header, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1];
	char text[LPH_MESSAGE_LEN];
	struct worker *w = arg;
	struct pending *p = NULL;
	int r;

	for (unsigned int i = 0; i < w->n_pending; i++)
		if (w->pending[i].message->nlmsg_seq == header->nlmsg_seq)
			p = &w->pending[i];
	if (!p) {
		fuzz_fault(w->maker.shared, "an answer to no request, of sequence %" PRIu32, header->nlmsg_seq);
	} else if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
		r = raw_error(header, text, sizeof(text));
		p->ends++;
		p->refused = r;
		if (r > -200)
			atomic_fetch_add(&w->maker.shared->errors[-r], 1);
	} else if (header->nlmsg_type == w->maker.family && p->message->nlmsg_len >= RAW_HDRLEN &&
		   is_change(p->message) && raw_parse(header, attrs, LPH_A_MAX)) {
		note_ids(p, attrs);
	}
}

static void keep_record(struct worker *w, struct pending *p)
{
	struct fuzz_shared *shared = w->maker.shared;
	size_t size = sizeof(struct fuzz_record) + p->n * sizeof(uint32_t) + p->message->nlmsg_len;
	uint8_t command = ((const struct genlmsghdr *)NLMSG_DATA(p->message))->cmd;
	uint64_t at = atomic_fetch_add(&shared->used, (size + 63) & ~63UL), before = 0;
	struct fuzz_record *record = (void *)(shared->arena + at);

	if (at + size > FUZZ_ARENA || p->transition >= FUZZ_TRANSITIONS) {
		fuzz_fault(shared, "more was accepted than there is room for");
		return;
	}
	record->n = p->n;
	record->len = p->message->nlmsg_len;
	if (p->n)
		memcpy(record->ids, p->ids, p->n * sizeof(uint32_t));
	memcpy(&record->ids[p->n], p->message, p->message->nlmsg_len);
	if (!atomic_compare_exchange_strong(&shared->record[p->transition], &before, at))
		fuzz_fault(shared, "transition %" PRIu64 " was the answer to two requests", p->transition);
	atomic_fetch_add(&shared->accepted, 1);
	if (command != LPH_CMD_ADD_OP && command != LPH_CMD_ADD_OPS)
		return;
	for (uint32_t i = 0; i < p->n; i++)
		if (p->ids[i])
			atomic_store(&shared->recent[atomic_fetch_add(&shared->n_added, 1) % FUZZ_RECENT],
				     p->ids[i]);
}

static void check_answer(struct worker *w, struct pending *p)
{
	const struct nlmsghdr *message = p->message;
	bool dump = (message->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	bool ours = message->nlmsg_type == w->maker.family && message->nlmsg_flags & NLM_F_REQUEST;
	const char *what = NULL;

	if (p->ends > 1)
		what = "ended more than once";
	else if (!p->ends && (message->nlmsg_flags & NLM_F_ACK || (ours && dump)))
		what = "never ended";
	else if (p->transition && p->refused)
		what = "was refused, and queued a transition";
	else if (p->transition && !w->may)
		what = "changed something for a user who may not";
	if (what)
		fuzz_fault(w->maker.shared, "a request of command %u, sequence %" PRIu32 ", flags %x, %s",
			   ours ? ((const struct genlmsghdr *)NLMSG_DATA(message))->cmd : 0,
			   message->nlmsg_seq, message->nlmsg_flags, what);
	if (p->transition)
		keep_record(w, p);
	free(p->ids);
}

static bool queue_is_long(struct fuzz_shared *shared)
{
	return atomic_load(&shared->accepted) > atomic_load(&shared->settled) + QUEUE_MAX;
}

/* The answer to all is there once they have been sent, but for what of dumps waits to be read. */
static void send_one(struct worker *w)
{
	struct fuzz_shared *shared = w->maker.shared;
	int r;

	fuzz_make(&w->maker);
	find_messages(w);
	r = raw_send(&w->sock, w->maker.raw);
	if (!r)
		r = raw_receive(&w->sock, on_answer, w);
	else if (r == -EMSGSIZE)
		return; /* larger than what a user may send */
	if (r)
		fuzz_fault(shared, "an answer was lost: %s", strerror(-r));
	for (unsigned int i = 0; i < w->n_pending; i++)
		check_answer(w, &w->pending[i]);
	atomic_fetch_add(&shared->sent, 1);
}

static _Noreturn void work(struct fuzz_shared *shared, const struct fuzz_names *names, uint64_t seed,
			   unsigned int index, unsigned long messages, const struct passwd *user)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct raw raw;

	if (!w)
		abort();
	if (user && (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid)))
		abort();
	raw_new(&raw);
	raw_open(&w->sock);
	w->may = !user;
	w->maker = (struct fuzz_maker){
		.random = (seed * 64 + index) * 0x9e3779b97f4a7c15 + 1,
		.family = w->sock.family,
		.names = names,
		.shared = shared,
		.raw = &raw,
	};
	while (messages--) {
		/* Who reads the events is behind. */
		while (queue_is_long(shared))
			usleep(1000);
		send_one(w);
	}
	exit(0);
}

/* ------------------------------------------------------------------- parent */

struct watch {
	struct fuzz_shared *shared;
	struct fuzz_model *model;
	uint64_t done, failed, reversed;
};

static void on_settled(struct watch *watch, uint64_t id, uint32_t state)
{
	atomic_store(&watch->shared->state[id], (uint8_t)(state + 1));
	if (state == LPH_TRANSITION_QUEUED || state == LPH_TRANSITION_RUNNING)
		return;
	watch->done += state == LPH_TRANSITION_DONE;
	watch->failed += state == LPH_TRANSITION_FAILED;
	watch->reversed += state == LPH_TRANSITION_REVERSED;
	atomic_fetch_add(&watch->shared->settled, 1);
}

static void on_event(const struct nlmsghdr *header, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1], *t[LPH_TRANSITION_A_MAX + 1], *o[LPH_OP_A_MAX + 1];
	struct watch *watch = arg;
	uint64_t id;

	if (!raw_parse(header, attrs, LPH_A_MAX))
		return;
	switch (((const struct genlmsghdr *)NLMSG_DATA(header))->cmd) {
	case LPH_CMD_TRANSITION_EVENT:
		if (!attrs[LPH_A_TRANSITION] ||
		    nla_parse_nested(t, LPH_TRANSITION_A_MAX, attrs[LPH_A_TRANSITION], NULL))
			return;
		id = nla_get_u64(t[LPH_TRANSITION_A_ID]);
		if (id >= FUZZ_TRANSITIONS)
			return;
		if (id > atomic_load(&watch->shared->last_transition))
			atomic_store(&watch->shared->last_transition, id);
		on_settled(watch, id, nla_get_u32(t[LPH_TRANSITION_A_STATE]));
		return;
	case LPH_CMD_OP_GONE_EVENT:
		if (attrs[LPH_A_OP] && !nla_parse_nested(o, LPH_OP_A_MAX, attrs[LPH_A_OP], NULL))
			fuzz_model_gone(watch->model, nla_get_u32(o[LPH_OP_A_ID]));
	}
}

static void read_events(struct watch *watch, const struct raw_socket *events)
{
	int r = raw_receive(events, on_event, watch);

	if (r) {
		fprintf(stderr, "lph-fuzz: an event was lost: %s\n", strerror(-r));
		exit(1);
	}
}

static void watch_workers(struct watch *watch, const struct raw_socket *events)
{
	struct pollfd pollfd = { .fd = events->fd, .events = POLLIN };
	int status;
	pid_t pid;

	for (;;) {
		(void)poll(&pollfd, 1, 100);
		read_events(watch, events);
		do {
			pid = waitpid(-1, &status, WNOHANG);
			if (pid > 0 && status)
				fuzz_fault(watch->shared, "a worker died of %#x", (unsigned int)status);
		} while (pid > 0);
		if (pid < 0)
			return;
	}
}

/* Until all that was queued has settled. */
static void wait_settled(struct watch *watch, const struct raw_socket *events, uint64_t queued)
{
	struct pollfd pollfd = { .fd = events->fd, .events = POLLIN };

	for (;;) {
		read_events(watch, events);
		if (atomic_load(&watch->shared->settled) >= queued)
			return;
		if (poll(&pollfd, 1, EVENT_TIMEOUT_MS) != 1) {
			fuzz_fault(watch->shared, "no transition has settled for %d s, and %" PRIu64 " are left",
				   EVENT_TIMEOUT_MS / 1000, queued - atomic_load(&watch->shared->settled));
			return;
		}
	}
}

static uint64_t first_transition(struct fuzz_shared *shared)
{
	for (uint64_t id = 1; id <= atomic_load(&shared->last_transition); id++)
		if (atomic_load(&shared->state[id]))
			return id;
	return 1;
}

static void on_clean(const struct nlmsghdr *header, void *arg)
{
	char text[LPH_MESSAGE_LEN];
	struct watch *watch = arg;
	int r;

	if (header->nlmsg_type != NLMSG_ERROR)
		return;
	r = raw_error(header, text, sizeof(text));
	if (r)
		fuzz_fault(watch->shared, "cannot clean up: %s %s", strerror(-r), text);
}

/* Removes what there is, for the model, too. */
static void clean(struct watch *watch, const struct raw_socket *events, const struct raw_socket *sock,
		  struct fuzz_model *empty)
{
	uint64_t settled = atomic_load(&watch->shared->settled);
	struct raw raw;
	unsigned int n;

	raw_new(&raw);
	n = fuzz_model_clean(watch->model, sock, &raw, 1U << 30);
	if (n && (raw_send(sock, &raw) || raw_receive(sock, on_clean, watch)))
		fuzz_fault(watch->shared, "cannot clean up");
	raw_free(&raw);
	wait_settled(watch, events, settled + n);
	fuzz_model_compare(empty, sock);
}

static void report(const struct watch *watch, uint64_t seed)
{
	struct fuzz_shared *shared = watch->shared;
	const char *comma = "";

	printf("{\"seed\":%" PRIu64 ",\"messages\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"refused\":{", seed,
	       atomic_load(&shared->sent), atomic_load(&shared->accepted));
	for (int i = 1; i < 200; i++) {
		if (!atomic_load(&shared->errors[i]))
			continue;
		printf("%s\"%s\":%" PRIu64, comma, strerrorname_np(i) ?: "?", atomic_load(&shared->errors[i]));
		comma = ",";
	}
	printf("},\"done\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"reversed\":%" PRIu64 ",\"faults\":%" PRIu64 "}\n",
	       watch->done, watch->failed, watch->reversed, atomic_load(&shared->faults));
}

static void add_name(char **names, unsigned int *n, char *name)
{
	if (*n < FUZZ_NAMES)
		names[(*n)++] = name;
}

int main(int argc, char **argv)
{
	unsigned long messages = 10000, workers = 4, i;
	struct raw_socket events, sock;
	const struct passwd *user = NULL;
	struct fuzz_names names = { 0 };
	struct fuzz_shared *shared;
	struct watch watch = { 0 };
	uint64_t seed = 1;
	pid_t pid;
	int c;

	while ((c = getopt(argc, argv, "t:p:n:s:j:u:")) != -1) {
		if (c == 't')
			add_name(names.functions, &names.n_functions, optarg);
		else if (c == 'p')
			add_name(names.patches, &names.n_patches, optarg);
		else if (c == 'n')
			messages = strtoul(optarg, NULL, 10);
		else if (c == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (c == 'j')
			workers = strtoul(optarg, NULL, 10);
		else if (c == 'u')
			user = getpwnam(optarg);
		if (c == '?' || (c == 'u' && !user)) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!names.n_functions || !workers || optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared) + FUZZ_ARENA, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (shared == MAP_FAILED) {
		perror("lph-fuzz: mmap");
		return 1;
	}
	/* 0 is no place of a record. */
	shared->used = 64;
	raw_open(&events);
	raw_subscribe(&events);
	raw_open(&sock);
	watch.shared = shared;
	watch.model = fuzz_model_new(shared, &names);
	fuzz_model_compare(watch.model, &sock);
	if (shared->faults)
		return 1;

	for (i = 0; i < workers; i++) {
		pid = fork();
		if (pid < 0)
			abort();
		if (!pid)
			work(shared, &names, seed, (unsigned int)i, messages / workers, i % 3 == 2 ? user : NULL);
	}
	watch_workers(&watch, &events);
	wait_settled(&watch, &events, atomic_load(&shared->accepted));
	fuzz_model_replay(watch.model, first_transition(shared), atomic_load(&shared->last_transition));
	fuzz_model_compare(watch.model, &sock);
	report(&watch, seed);
	clean(&watch, &events, &sock, fuzz_model_new(shared, &names));
	return shared->faults ? 1 : 0;
}
