// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include "transition-watch.h"
#include "transition.skel.h"
#include "util/log.h"

/**
 * struct transition_watch - the programs and their news
 * @start: loads them, once
 * @bpf: NULL: they are not loaded
 * @ring: where their news come from
 * @readable: there are some
 * @mode: as told
 */
struct transition_watch {
	const struct transition_watch_observer *observer;
	void *userdata;
	sd_event_source *start;
	struct transition_bpf *bpf;
	struct ring_buffer *ring;
	sd_event_source *readable;
	char mode[256];
};

static void unload(struct transition_watch *watch)
{
	watch->readable = sd_event_source_disable_unref(watch->readable);
	ring_buffer__free(watch->ring);
	watch->ring = NULL;
	transition_bpf__destroy(watch->bpf);
	watch->bpf = NULL;
}

struct transition_watch *transition_watch_free(struct transition_watch *watch)
{
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

static int on_news(void *context, void *data, size_t size)
{
	struct transition_watch *watch = context;
	unsigned int what;

	if (size < sizeof(what))
		return 0;
	(void)memcpy(&what, data, sizeof(what));
	/* First: who changes over from here on is news again. */
	if (what == TRANSITION_NEWS_SWITCHED)
		__atomic_store_n(&watch->bpf->bss->told_switched, 0, __ATOMIC_SEQ_CST);
	watch->observer->news(what, watch->userdata);
	return 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct transition_watch *watch = userdata;

	(void)source, (void)fd, (void)revents;
	(void)ring_buffer__consume(watch->ring);
	return 0;
}

/* ------------------------------------------------------------- the programs */

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

static int attach(const struct bpf_program *program, struct bpf_link **ret)
{
	*ret = bpf_program__attach(program);
	return *ret ? 0 : -errno;
}

/*
 * Without the first two, things would happen that are no news. The others tell sooner of
 * what is seen in the end; not every kernel has these functions as such.
 */
static int attach_all(struct transition_bpf *bpf)
{
	int r;

	r = attach(bpf->progs.under_way, &bpf->links.under_way);
	if (r >= 0)
		r = attach(bpf->progs.completed, &bpf->links.completed);
	if (r < 0)
		return r;
	(void)attach(bpf->progs.reversed, &bpf->links.reversed);
	(void)attach(bpf->progs.checked, &bpf->links.checked);
	(void)attach(bpf->progs.left, &bpf->links.left);
	return 0;
}

static int load(struct transition_watch *watch, sd_event *event, const char **ret_what)
{
	int r;

	*ret_what = "does not load the BPF programs";
	watch->bpf = transition_bpf__open_and_load();
	if (!watch->bpf)
		return -errno;
	*ret_what = "does not attach the BPF programs to its livepatch functions";
	r = attach_all(watch->bpf);
	if (r < 0)
		return r;
	*ret_what = "does not let the news be read";
	watch->ring = ring_buffer__new(bpf_map__fd(watch->bpf->maps.news), on_news, watch, NULL);
	if (!watch->ring)
		return -errno;
	return sd_event_add_io(event, &watch->readable, ring_buffer__epoll_fd(watch->ring), EPOLLIN, on_readable,
			       watch);
}

static int on_start(sd_event_source *source, void *userdata)
{
	struct transition_watch *watch = userdata;
	const char *what;
	int r;

	r = load(watch, sd_event_source_get_event(source), &what);
	if (r < 0) {
		unload(watch);
		(void)snprintf(watch->mode, sizeof(watch->mode), "polling: the kernel %s: %s", what, strerror(-r));
		lpd_log(LOG_NOTICE, "Transitions are followed by %s", watch->mode);
	} else {
		(void)snprintf(watch->mode, sizeof(watch->mode), "bpf");
	}
	/* What it took to load them is not needed again. */
	(void)malloc_trim(0);
	watch->observer->changed(watch->userdata);
	return 0;
}

int transition_watch_new(sd_event *event, const struct transition_watch_observer *observer, void *userdata,
			 struct transition_watch **ret)
{
	_cleanup_(transition_watch_freep) struct transition_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->observer = observer;
	watch->userdata = userdata;
	(void)snprintf(watch->mode, sizeof(watch->mode), "polling: the BPF programs are not loaded yet");
	(void)libbpf_set_print(on_libbpf);
	r = sd_event_add_defer(event, &watch->start, on_start, watch);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(watch->start, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(watch);
	return 0;
}
