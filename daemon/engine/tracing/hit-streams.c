// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "engine/tracing/hit-line.h"
#include "engine/tracing/hit-streams.h"
#include "util/time-util.h"

/* As much as the kernel gives without being asked for more. */
#define PIPE_SIZE (1024 * 1024)

/* What is written at once is written as a whole, or not at all. */
_Static_assert(HIT_LINE_MAX <= PIPE_BUF, "a line is never cut");

/**
 * struct stream - somebody who listens
 * @client: its name on the bus; owned
 * @tracers: to which it listens; owned
 * @fd: the pipe's end that is written to
 * @io: tells that there is room again, or that the other end is closed
 * @waits: for room
 * @broken: the other end is closed
 * @lost: so many hits it has not been told of, nor that they were lost
 * @lost_before: how many had been lost, all in all, when that was looked at last
 * @used: of @buffer
 * @buffer: whole lines that have not been written yet
 */
struct stream {
	LIST_ENTRY(stream) link;
	struct hit_streams *owner;
	char *client;
	uint32_t *tracers;
	size_t n_tracers;
	uint32_t except_pid;
	int fd;
	sd_event_source *io;
	bool waits;
	bool broken;
	uint64_t lost;
	uint64_t lost_before;
	size_t used;
	char buffer[PIPE_BUF];
};

struct hit_streams {
	sd_event *event;
	const struct hit_streams_observer *observer;
	void *userdata;
	LIST_HEAD(, stream) list;
};

static struct stream *stream_free(struct stream *stream)
{
	if (stream->owner)
		LIST_REMOVE(stream, link);
	sd_event_source_disable_unref(stream->io);
	if (stream->fd >= 0)
		(void)close(stream->fd);
	free(stream->tracers);
	free(stream->client);
	free(stream);
	return NULL;
}
DEFINE_CLEANUP(struct stream *, stream_free)

/* ---------------------------------------------------------------- writing */

static void wait_for_room(struct stream *stream, bool wait)
{
	if (stream->waits == wait)
		return;
	stream->waits = wait;
	(void)sd_event_source_set_io_events(stream->io, wait ? EPOLLOUT : 0);
}

static bool stream_write(struct stream *stream)
{
	ssize_t n;

	if (stream->used == 0)
		return true;
	n = write(stream->fd, stream->buffer, stream->used);
	if (n < 0) {
		stream->broken = errno != EAGAIN;
		return false;
	}
	stream->used = 0;
	return true;
}

static bool put_line(struct stream *stream, const char *line, size_t length)
{
	if (stream->used + length > sizeof(stream->buffer) && !stream_write(stream))
		return false;
	memcpy(stream->buffer + stream->used, line, length);
	stream->used += length;
	return true;
}

/* Where there was a gap, that is told before anything that comes after it. */
static bool put_lost(struct stream *stream)
{
	char line[HIT_LINE_MAX];

	if (stream->lost == 0)
		return true;
	if (!put_line(stream, line, hit_lost_line(line, stream->lost, lpd_now_realtime())))
		return false;
	stream->lost = 0;
	return true;
}

static void stream_flush(struct stream *stream)
{
	bool all = stream_write(stream) && put_lost(stream) && stream_write(stream);

	wait_for_room(stream, !all && !stream->broken);
}

static bool wants(const struct stream *stream, const struct hit *hit)
{
	if (stream->except_pid != 0 && hit->context == HIT_TASK && hit->pid == stream->except_pid)
		return false;
	for (size_t i = 0; i < stream->n_tracers; i++)
		if (stream->tracers[i] == hit->tracer)
			return true;
	return stream->n_tracers == 0;
}

void hit_streams_hit(struct hit_streams *streams, const struct hit *hit)
{
	/* The time of this call is not the hit's. */
	uint64_t age = lpd_now_monotonic() - hit->time / NSEC_PER_USEC;
	const char *function = streams->observer->function(hit->tracer, streams->userdata);
	char line[HIT_LINE_MAX];
	size_t length = hit_line(line, hit, function, lpd_now_realtime() - age);
	struct stream *stream;

	LIST_FOREACH(stream, &streams->list, link) {
		if (!wants(stream, hit))
			continue;
		/* A pipe that is full is not tried again for each hit. */
		if (stream->waits || !put_lost(stream) || !put_line(stream, line, length)) {
			stream->lost++;
			wait_for_room(stream, !stream->broken);
		}
	}
}

void hit_streams_lost(struct hit_streams *streams, uint64_t all)
{
	struct stream *stream;

	LIST_FOREACH(stream, &streams->list, link) {
		if (all <= stream->lost_before)
			continue;
		stream->lost += all - stream->lost_before;
		stream->lost_before = all;
	}
}

static void tell_if_idle(struct hit_streams *streams)
{
	if (LIST_EMPTY(&streams->list))
		streams->observer->idle(streams->userdata);
}

void hit_streams_flush(struct hit_streams *streams)
{
	struct stream *stream, *next;

	for (stream = LIST_FIRST(&streams->list); stream; stream = next) {
		next = LIST_NEXT(stream, link);
		if (!stream->waits)
			stream_flush(stream);
		if (stream->broken)
			(void)stream_free(stream);
	}
	tell_if_idle(streams);
}

static int on_pipe(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct stream *stream = userdata;
	struct hit_streams *streams = stream->owner;

	(void)source, (void)fd;
	if (!(revents & EPOLLERR))
		stream_flush(stream);
	if ((revents & EPOLLERR) || stream->broken) {
		(void)stream_free(stream);
		tell_if_idle(streams);
	}
	return 0;
}

/* ---------------------------------------------------------------- who listens */

bool hit_streams_empty(const struct hit_streams *streams)
{
	return LIST_EMPTY(&streams->list);
}

int hit_streams_room(const struct hit_streams *streams, const char *client)
{
	const struct stream *stream;
	unsigned int all = 0, own = 0;

	LIST_FOREACH(stream, &streams->list, link) {
		all++;
		own += lpd_streq(stream->client, client);
	}
	return all < HIT_STREAMS_MAX && own < HIT_STREAMS_CLIENT_MAX ? 0 : -EMFILE;
}

static int stream_new(struct hit_streams *streams, const char *client, const struct hit_filter *filter,
		      struct stream **ret, int *ret_fd)
{
	_cleanup_(stream_freep) struct stream *stream = calloc(1, sizeof(*stream));
	_cleanup_close_ int reader = -1;
	int pipe[2], r;

	if (!stream)
		return -ENOMEM;
	stream->fd = -1;
	stream->client = strdup(client);
	stream->tracers = calloc(filter->n_tracers ?: 1, sizeof(*stream->tracers));
	if (!stream->client || !stream->tracers)
		return -ENOMEM;
	for (size_t i = 0; i < filter->n_tracers; i++)
		stream->tracers[stream->n_tracers++] = filter->tracers[i];
	stream->except_pid = filter->except_pid;
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	reader = pipe[0];
	stream->fd = pipe[1];
	/* The other end is the client's, to be read as it likes. */
	if (fcntl(stream->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	/* A smaller one is full sooner. */
	(void)fcntl(stream->fd, F_SETPIPE_SZ, PIPE_SIZE);
	r = sd_event_add_io(streams->event, &stream->io, stream->fd, 0, on_pipe, stream);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(reader);
	*ret = TAKE_PTR(stream);
	return 0;
}

int hit_streams_add(struct hit_streams *streams, const char *client, const struct hit_filter *filter, uint64_t lost,
		    int *ret_fd)
{
	struct stream *stream;
	int r;

	r = stream_new(streams, client, filter, &stream, ret_fd);
	if (r < 0)
		return r;
	stream->lost_before = lost;
	stream->owner = streams;
	LIST_INSERT_HEAD(&streams->list, stream, link);
	return 0;
}

int hit_streams_new(sd_event *event, const struct hit_streams_observer *observer, void *userdata,
		    struct hit_streams **ret)
{
	struct hit_streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return -ENOMEM;
	streams->event = event;
	streams->observer = observer;
	streams->userdata = userdata;
	LIST_INIT(&streams->list);
	*ret = streams;
	return 0;
}

struct hit_streams *hit_streams_free(struct hit_streams *streams)
{
	struct stream *stream;

	while ((stream = LIST_FIRST(&streams->list)))
		(void)stream_free(stream);
	free(streams);
	return NULL;
}
