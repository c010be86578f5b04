// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "cli/lib/bus.h"
#include "cli/lib/event.h"
#include "cli/lib/fail.h"
#include "cli/lib/ids.h"
#include "cli/lib/json.h"
#include "cli/lib/mirror.h"
#include "cli/lib/text.h"
#include "cli/verbs/hits.h"
#include "util/time-util.h"

/**
 * struct hits - a stream that is being followed
 * @tracers: ids
 * @mirror: tells when livepatchd comes and goes
 * @call: StreamHits, which is not answered yet
 * @fd: the stream; -1: there is none
 * @readable: there is something in it
 * @used: of @buffer
 * @buffer: what has been read and is no whole line yet
 */
struct hits {
	const struct cli *cli;
	uint32_t *tracers;
	size_t n_tracers;
	sd_bus *bus;
	sd_event *event;
	struct cli_mirror *mirror;
	sd_bus_error error;
	sd_bus_slot *call;
	int fd;
	sd_event_source *readable;
	size_t used;
	char buffer[64 * 1024];
};

static void close_stream(struct hits *hits)
{
	hits->readable = sd_event_source_disable_unref(hits->readable);
	if (hits->fd >= 0)
		(void)close(TAKE_FD(hits->fd));
	hits->used = 0;
}

static void hits_done(struct hits *hits)
{
	close_stream(hits);
	hits->call = sd_bus_slot_unref(hits->call);
	hits->mirror = cli_mirror_free(hits->mirror);
	hits->event = sd_event_unref(hits->event);
	sd_bus_error_free(&hits->error);
	free(hits->tracers);
}

/* --------------------------------------------------------------- printing */

/* Hits come in crowds: a second is not enough to tell them apart. */
static void time_text(char *buf, size_t size, uint64_t usec)
{
	time_t seconds = (time_t)(usec / USEC_PER_SEC);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&seconds, &tm))
		n = strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm);
	(void)snprintf(buf + n, size - n, ".%06" PRIu64, usec % USEC_PER_SEC);
}

void cli_hits_text(char *buf, size_t size, json_object *o)
{
	const char *context = cli_json_string(o, "context");
	bool task = lpd_streq(context, "task");
	char time[64];

	time_text(time, sizeof(time), cli_json_uint(o, "time"));
	if (!lpd_streq(cli_json_string(o, "kind"), "hit")) {
		(void)snprintf(buf, size, "%s  lost %" PRIu64 " hits", time, cli_json_uint(o, "lost"));
		return;
	}
	(void)snprintf(buf, size,
		       "%s  [%03" PRIu64 "] %s-%" PRIu64 "%s%s  %s  body=%s  caller=%s  ip=%s  depth=%" PRIu64
		       "  tracer=%" PRIu64,
		       time, cli_json_uint(o, "cpu"), cli_json_string(o, "comm"), cli_json_uint(o, "tid"),
		       task ? "" : " in ", task ? "" : context, cli_json_string(o, "function"),
		       cli_json_string(o, "body"), cli_json_string(o, "parent"), cli_json_string(o, "ip"),
		       cli_json_uint(o, "depth"), cli_json_uint(o, "tracer"));
}

static void print_line(const struct hits *hits, char *line, size_t length)
{
	_cleanup_(json_object_putp) json_object *o = NULL;
	char text[2048];

	if (hits->cli->json) {
		(void)fwrite(line, 1, length, stdout);
		return;
	}
	line[length - 1] = '\0';
	o = json_tokener_parse(line);
	if (!o)
		return;
	cli_hits_text(text, sizeof(text), o);
	(void)puts(text);
}

static void print_lines(struct hits *hits)
{
	char *line = hits->buffer, *end = hits->buffer + hits->used, *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		print_line(hits, line, (size_t)(newline + 1 - line));
		line = newline + 1;
	}
	hits->used = (size_t)(end - line);
	memmove(hits->buffer, line, hits->used);
	(void)fflush(stdout);
}

/* Where livepatchd comes and goes; as of other changes. */
static void tell(const struct hits *hits, const char *event, const char *text)
{
	char time[64];

	if (hits->cli->json) {
		printf("{\"time\":%" PRIu64 ",\"kind\":\"livepatchd\",\"event\":\"%s\"}\n", lpd_now_realtime(), event);
	} else {
		time_text(time, sizeof(time), lpd_now_realtime());
		printf("%s  %s\n", time, text);
	}
	(void)fflush(stdout);
}

/* ---------------------------------------------------------------- reading */

/* As read(): 0 at the end of the stream. */
static ssize_t read_stream(struct hits *hits)
{
	ssize_t n = read(hits->fd, hits->buffer + hits->used, sizeof(hits->buffer) - hits->used);

	if (n <= 0)
		return n;
	hits->used += (size_t)n;
	print_lines(hits);
	return n;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct hits *hits = userdata;

	(void)source, (void)fd, (void)revents;
	/* The end of it: livepatchd has gone, and the bus tells so, too. */
	if (read_stream(hits) == 0)
		hits->readable = sd_event_source_disable_unref(hits->readable);
	return 0;
}

static int open_stream(struct hits *hits, sd_bus_message *reply)
{
	int fd, r;

	r = sd_bus_message_read(reply, "h", &fd);
	if (r < 0)
		return r;
	hits->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (hits->fd < 0 || fcntl(hits->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return sd_event_add_io(hits->event, &hits->readable, hits->fd, EPOLLIN, on_readable, hits);
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	struct hits *hits = userdata;
	int r;

	(void)ret_error;
	hits->call = sd_bus_slot_unref(hits->call);
	if (sd_bus_message_is_method_error(reply, NULL)) {
		(void)sd_bus_error_copy(&hits->error, sd_bus_message_get_error(reply));
		return sd_event_exit(hits->event, CLI_END_ERROR);
	}
	r = open_stream(hits, reply);
	if (r < 0)
		return sd_event_exit(hits->event, r);
	tell(hits, "up", "listening to event tracers");
	return 0;
}

static void on_loaded(void *userdata)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	struct hits *hits = userdata;
	int r;

	r = cli_new_manager_call(hits->bus, "StreamHits", &message);
	if (r >= 0)
		r = sd_bus_message_append_array(message, 'u', hits->tracers, hits->n_tracers * sizeof(uint32_t));
	/* To print what the printing calls would never end. */
	if (r >= 0)
		r = sd_bus_message_append(message, "a{sv}", 1, "except-pid", "u", (uint32_t)getpid());
	if (r >= 0)
		r = sd_bus_call_async(hits->bus, &hits->call, message, on_answer, hits, UINT64_MAX);
	if (r < 0)
		(void)sd_event_exit(hits->event, r);
}

static void on_gone(void *userdata)
{
	struct hits *hits = userdata;

	hits->call = sd_bus_slot_unref(hits->call);
	while (hits->readable && read_stream(hits) > 0)
		;
	close_stream(hits);
	tell(hits, "down", "livepatchd went away; waiting for it to come back");
}

static void on_changed(enum cli_kind kind, const char *path, json_object *object, void *userdata)
{
	(void)kind, (void)path, (void)object, (void)userdata;
}

static void on_failed(const sd_bus_error *error, void *userdata)
{
	struct hits *hits = userdata;

	(void)sd_bus_error_copy(&hits->error, error);
	(void)sd_event_exit(hits->event, CLI_END_ERROR);
}

static int run(struct hits *hits)
{
	int r;

	r = sd_event_new(&hits->event);
	if (r < 0)
		return r;
	r = cli_mirror_new(hits->bus, &hits->mirror);
	if (r < 0)
		return r;
	r = cli_mirror_watch(hits->mirror, &(struct cli_mirror_events){
						   .loaded = on_loaded,
						   .changed = on_changed,
						   .gone = on_gone,
						   .failed = on_failed,
						   .userdata = hits,
					   });
	if (r < 0)
		return r;
	r = cli_mirror_fetch(hits->mirror);
	return r < 0 ? r : cli_event_run(hits->event, hits->bus);
}

int cli_hits_follow(struct cli *cli, char **ids, int n)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(hits_done) struct hits hits = { .cli = cli, .fd = -1 };
	int r;

	if (cli->host)
		return cli_fail(cli, CLI_USAGE, "Usage",
				"hits come through a descriptor, which the bus of another machine cannot pass on; "
				"run: ssh %s livepatchd monitor --events",
				cli->host);
	hits.n_tracers = (size_t)n;
	r = cli_read_ids(cli, ids, n, &hits.tracers);
	if (r == CLI_DONE)
		r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;
	hits.bus = bus;
	r = run(&hits);
	if (r < 0 || r == CLI_END_ERROR)
		return cli_fail_bus(cli, &hits.error, r, "cannot listen to event tracers");
	if (r == CLI_END_DISCONNECTED)
		return cli_fail(cli, CLI_UNREACHABLE, "Unreachable",
				"cannot listen to event tracers: the connection to the system bus broke");
	return CLI_DONE;
}
