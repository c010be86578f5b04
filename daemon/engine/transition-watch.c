// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "engine/transition-watch.h"
#include "kernel/news-ring.h"
#include "transition.skel.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/operation.h"

#define LOAD_USEC (60 * USEC_PER_SEC)

/* Links and events of five programs. */
enum { HELD_MAX = 10 };

typedef __typeof__(*((struct transition_bpf *)NULL)->bss) transition_bss;

/**
 * struct transition_watch - the programs and their news
 * @start: has a child load them, once
 * @held: what keeps them attached, the first @n_held
 * @bss: their variables; NULL: not mapped
 * @ring: where their news come from
 * @readable: there are some
 * @mode: as told
 */
struct transition_watch {
	const struct transition_watch_observer *observer;
	void *userdata;
	struct operations *operations;
	sd_event_source *start;
	int held[HELD_MAX];
	size_t n_held;
	transition_bss *bss;
	struct news_ring *ring;
	sd_event_source *readable;
	char mode[256];
};

static void unload(struct transition_watch *watch)
{
	watch->readable = sd_event_source_disable_unref(watch->readable);
	while (watch->n_held > 0)
		(void)close(watch->held[--watch->n_held]);
	if (watch->bss)
		(void)munmap(watch->bss, sizeof(*watch->bss));
	watch->bss = NULL;
	if (watch->ring)
		watch->ring = news_ring_free(watch->ring);
}

struct transition_watch *transition_watch_free(struct transition_watch *watch)
{
	operations_forget(watch->operations, watch);
	sd_event_source_disable_unref(watch->start);
	unload(watch);
	free(watch);
	return NULL;
}

bool transition_watch_is_on(const struct transition_watch *watch)
{
	return watch && watch->readable;
}

const char *transition_watch_mode(const struct transition_watch *watch)
{
	return watch->mode;
}

/* ----------------------------------------------------------------- the news */

static void on_news(const void *data, size_t size, void *userdata)
{
	struct transition_watch *watch = userdata;
	unsigned int what;

	if (size < sizeof(what))
		return;
	(void)memcpy(&what, data, sizeof(what));
	/* First: who changes over from here on is news again. */
	if (what == TRANSITION_NEWS_SWITCHED)
		__atomic_store_n(&watch->bss->told_switched, 0, __ATOMIC_SEQ_CST);
	watch->observer->news(what, watch->userdata);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct transition_watch *watch = userdata;

	(void)source, (void)fd, (void)revents;
	news_ring_read(watch->ring, on_news, watch);
	return 0;
}

/* ---------------------------------------------------- the programs, in a child */

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
	char text[512];

	if (level == LIBBPF_DEBUG)
		return 0;
	(void)vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\n")] = '\0';
	lpd_log(LOG_DEBUG, "%s", text);
	return 0;
}

/* The daemon has the link, and with it the program, for as long as it lives. */
static int attach(const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	return link ? operation_give_fd(bpf_link__fd(link)) : -errno;
}

/*
 * Without the first two, things would happen that are no news. The others tell sooner of
 * what is seen in the end; not every kernel has these functions as such.
 */
static int attach_all(const struct transition_bpf *bpf)
{
	int r;

	r = attach(bpf->progs.under_way);
	if (r >= 0)
		r = attach(bpf->progs.completed);
	if (r < 0)
		return r;
	(void)attach(bpf->progs.reversed);
	(void)attach(bpf->progs.checked);
	(void)attach(bpf->progs.left);
	return 0;
}

/*
 * The events behind the links: before 6.6 only they tell where a program is, and
 * whoever looks finds them at who holds them.
 */
static void give_events(void)
{
	for (int fd = 3; fd < 64; fd++) {
		char path[32], target[32];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%i", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (lpd_streq(target, "anon_inode:[perf_event]"))
			(void)operation_give_fd(fd);
	}
}

static int refuse(struct failure *failure, const char *what, int error)
{
	return failure_set(failure, FAILURE_KERNEL_REFUSED, "the kernel does not %s: %s", what, strerror(-error));
}

static int load(const void *argument, struct json_object *result, struct failure *failure)
{
	struct transition_bpf *bpf;
	int r;

	(void)argument, (void)result;
	(void)libbpf_set_print(on_libbpf);
	bpf = transition_bpf__open_and_load();
	if (!bpf)
		return refuse(failure, "load the BPF programs", -errno);
	r = operation_give_fd(bpf_map__fd(bpf->maps.news));
	if (r >= 0)
		r = operation_give_fd(bpf_map__fd(bpf->maps.bss));
	if (r < 0)
		return r;
	r = attach_all(bpf);
	if (r < 0)
		return refuse(failure, "attach the BPF programs to its livepatch functions", r);
	give_events();
	return 0;
}

/* ------------------------------------------------------------- in the daemon */

/* What the child gave, in its order. */
static int take(struct transition_watch *watch)
{
	_cleanup_close_ int news = operation_take_fd(watch->operations);
	_cleanup_close_ int bss = operation_take_fd(watch->operations);
	void *variables;
	int fd, r;

	while (watch->n_held < HELD_MAX && (fd = operation_take_fd(watch->operations)) >= 0)
		watch->held[watch->n_held++] = fd;
	variables = mmap(NULL, sizeof(*watch->bss), PROT_READ | PROT_WRITE, MAP_SHARED, bss, 0);
	if (variables == MAP_FAILED)
		return -errno;
	watch->bss = variables;
	r = news_ring_new(news, TRANSITION_NEWS_SIZE, &watch->ring);
	if (r < 0)
		return r;
	(void)TAKE_FD(news);
	return sd_event_add_io(sd_event_source_get_event(watch->start), &watch->readable, news_ring_fd(watch->ring),
			       EPOLLIN, on_readable, watch);
}

static void on_loaded(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct transition_watch *watch = userdata;

	(void)result;
	if (r >= 0) {
		r = take(watch);
		if (r < 0)
			(void)refuse(failure, "let the news be read", r);
	}
	if (r < 0) {
		unload(watch);
		(void)snprintf(watch->mode, sizeof(watch->mode), "polling: %s",
			       failure->message ? failure_message(failure) : strerror(-r));
		lpd_log(LOG_NOTICE, "Transitions are followed by %s", watch->mode);
	} else {
		(void)snprintf(watch->mode, sizeof(watch->mode), "bpf");
	}
	watch->observer->changed(watch->userdata);
}

static int on_start(sd_event_source *source, void *userdata)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct transition_watch *watch = userdata;
	int r;

	(void)source;
	r = operation_start(watch->operations, "load the BPF programs", LOAD_USEC, load, NULL, on_loaded, watch);
	if (r < 0)
		on_loaded(r, NULL, &failure, watch);
	return 0;
}

int transition_watch_new(sd_event *event, struct operations *operations,
			 const struct transition_watch_observer *observer, void *userdata,
			 struct transition_watch **ret)
{
	_cleanup_(transition_watch_freep) struct transition_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->observer = observer;
	watch->userdata = userdata;
	watch->operations = operations;
	(void)snprintf(watch->mode, sizeof(watch->mode), "polling: the BPF programs are not loaded yet");
	r = sd_event_add_defer(event, &watch->start, on_start, watch);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(watch->start, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(watch);
	return 0;
}
