// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>

#include "hits.skel.h"
#include "kernel/hit-source.h"
#include "util/time-util.h"

/* So many in a row; then it is the bus's turn. */
#define HITS_AT_ONCE 512

/* How soon one hears of losses that nothing else tells of. */
#define LOST_USEC (500 * USEC_PER_MSEC)

/**
 * struct hit_source - the program and its buffer
 * @bpf: the program
 * @ring: what it writes to
 * @readable: there is something in it
 * @look: at what the kernel alone knows to be lost
 * @turn: how many hits have been told of in a row
 */
struct hit_source {
	const struct hit_source_observer *observer;
	void *userdata;
	struct hits_bpf *bpf;
	struct ring_buffer *ring;
	sd_event_source *readable;
	sd_event_source *look;
	unsigned int turn;
};

struct hit_source *hit_source_free(struct hit_source *source)
{
	sd_event_source_disable_unref(source->look);
	sd_event_source_disable_unref(source->readable);
	ring_buffer__free(source->ring);
	hits_bpf__destroy(source->bpf);
	free(source);
	(void)malloc_trim(0);
	return NULL;
}

/* The program does not interrupt itself: what comes then, the kernel only counts. */
static uint64_t missed(const struct hit_source *source)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	(void)bpf_obj_get_info_by_fd(bpf_program__fd(source->bpf->progs.on_hit), &info, &size);
	return info.recursion_misses;
}

uint64_t hit_source_lost(const struct hit_source *source)
{
	return __atomic_load_n(&source->bpf->bss->lost, __ATOMIC_RELAXED) + missed(source);
}

static int on_hit(void *context, void *data, size_t size)
{
	struct hit_source *source = context;

	if (size >= sizeof(struct hit))
		source->observer->hit(data, source->userdata);
	return ++source->turn < HITS_AT_ONCE ? 0 : -EAGAIN;
}

static int on_readable(sd_event_source *event_source, int fd, uint32_t revents, void *userdata)
{
	struct hit_source *source = userdata;

	(void)event_source, (void)fd, (void)revents;
	source->turn = 0;
	(void)ring_buffer__consume(source->ring);
	source->observer->lost(hit_source_lost(source), source->userdata);
	source->observer->pause(source->userdata);
	return 0;
}

static int on_look(sd_event_source *event_source, uint64_t usec, void *userdata)
{
	struct hit_source *source = userdata;

	(void)usec;
	(void)sd_event_source_set_time_relative(event_source, LOST_USEC);
	(void)sd_event_source_set_enabled(event_source, SD_EVENT_ONESHOT);
	source->observer->lost(hit_source_lost(source), source->userdata);
	source->observer->pause(source->userdata);
	return 0;
}

static int load(struct hit_source *source, const char **ret_what)
{
	*ret_what = "load the BPF program that tells of hits";
	source->bpf = hits_bpf__open();
	if (!source->bpf)
		return -errno;
	source->bpf->bss->reader = (unsigned int)getpid();
	if (hits_bpf__load(source->bpf) < 0)
		return -errno;
	*ret_what = "let its buffer be read";
	source->ring = ring_buffer__new(bpf_map__fd(source->bpf->maps.hits), on_hit, source, NULL);
	if (!source->ring)
		return -errno;
	*ret_what = "attach the BPF program that tells of hits";
	return hits_bpf__attach(source->bpf);
}

static int listen(struct hit_source *source, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &source->readable, ring_buffer__epoll_fd(source->ring), EPOLLIN, on_readable,
			    source);
	/* Others come first: what is not read in time is lost, and told to be. */
	if (r >= 0)
		r = sd_event_source_set_priority(source->readable, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &source->look, CLOCK_MONOTONIC, LOST_USEC, 0, on_look, source);
	return r;
}

int hit_source_new(sd_event *event, const struct hit_source_observer *observer, void *userdata,
		   struct hit_source **ret, struct failure *failure)
{
	_cleanup_(hit_source_freep) struct hit_source *source = calloc(1, sizeof(*source));
	const char *what;
	int r;

	if (!source)
		return -ENOMEM;
	source->observer = observer;
	source->userdata = userdata;
	r = load(source, &what);
	if (r < 0)
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel does not %s: %s. What tracers of kind event fire can still be read by others: "
				   "trace-cmd record -e livepatch_helper:function_hit, or perf record -a -e of the same.",
				   what, strerror(-r));
	r = listen(source, event);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(source);
	return 0;
}
