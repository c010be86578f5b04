// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/tracing/hit-streams.h"

struct fixture {
	sd_event *event;
	struct hit_streams *streams;
	unsigned int idle;
};

static const char *function_of(uint32_t tracer, void *userdata)
{
	(void)userdata;
	return tracer == 1 ? "vfs_read" : NULL;
}

static void on_idle(void *userdata)
{
	struct fixture *f = userdata;

	f->idle++;
}

static const struct hit_streams_observer observer = {
	.function = function_of,
	.idle = on_idle,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)signal(SIGPIPE, SIG_IGN);
	if (!f || sd_event_new(&f->event) < 0 || hit_streams_new(f->event, &observer, f, &f->streams) < 0)
		return -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)hit_streams_free(f->streams);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static int listen(struct fixture *f, const struct hit_filter *filter)
{
	int fd = -1;

	assert_int_equal(hit_streams_add(f->streams, ":1.1", filter, 0, &fd), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void hit(struct fixture *f, uint32_t tracer, uint32_t pid, enum hit_context context)
{
	const struct hit h = { .tracer = tracer, .pid = pid, .context = context, .body = "original" };

	hit_streams_hit(f->streams, &h);
}

static void dispatch(struct fixture *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

/* How many hits there are to read, and how many are told to be lost. */
struct told {
	uint64_t hits;
	uint64_t lost;
};

/* Counts whole lines; what ends in the middle of one is a failure. */
static struct told drain(int fd)
{
	static char text[4 * 1024 * 1024];
	struct told told = { 0 };
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	assert_true(used == 0 || text[used - 1] == '\n');
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *lost = strstr(line, "\"lost\":");

		assert_int_equal(line[0], '{');
		assert_int_equal(line[strlen(line) - 1], '}');
		if (lost)
			told.lost += strtoull(lost + strlen("\"lost\":"), NULL, 10);
		else
			told.hits++;
	}
	return told;
}

static void filters(void **state)
{
	const uint32_t ids[] = { 1, 3 };
	struct fixture *f = *state;
	_cleanup_close_ int all = listen(f, &(struct hit_filter){ 0 });
	_cleanup_close_ int some = listen(f, &(struct hit_filter){ ids, 2, 0 });
	_cleanup_close_ int others = listen(f, &(struct hit_filter){ .except_pid = 100 });

	hit(f, 1, 100, HIT_TASK);
	hit(f, 2, 101, HIT_TASK);
	hit(f, 3, 100, HIT_HARDIRQ);
	hit(f, 3, 0, HIT_TASK);
	assert_int_equal(drain(all).hits, 0);
	hit_streams_flush(f->streams);
	assert_int_equal(drain(all).hits, 4);
	assert_int_equal(drain(some).hits, 3);
	assert_int_equal(drain(others).hits, 3);
}

static void slow_reader(void **state)
{
	const uint64_t n = 20000;
	struct fixture *f = *state;
	_cleanup_close_ int slow = listen(f, &(struct hit_filter){ 0 });
	_cleanup_close_ int fast = listen(f, &(struct hit_filter){ 0 });
	struct told told, rest, quick = { 0 };

	for (uint64_t i = 0; i < n; i++) {
		hit(f, 1, 1, HIT_TASK);
		if (i % 512 == 0) {
			hit_streams_flush(f->streams);
			quick.hits += drain(fast).hits;
		}
	}
	hit_streams_flush(f->streams);
	quick.hits += drain(fast).hits;
	assert_int_equal(quick.hits, n);

	/* What fits is there, and the loss is told as soon as there is room: no other hit has to come. */
	dispatch(f);
	told = drain(slow);
	assert_true(told.hits > 0 && told.hits < n);
	assert_int_equal(told.lost, 0);
	dispatch(f);
	rest = drain(slow);
	assert_int_equal(told.hits + rest.hits + rest.lost, n);
	assert_true(rest.lost > 0);

	/* And it goes on. */
	hit(f, 1, 1, HIT_TASK);
	hit_streams_flush(f->streams);
	told = drain(slow);
	assert_int_equal(told.hits, 1);
	assert_int_equal(told.lost, 0);
}

static void lost_before(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int first = listen(f, &(struct hit_filter){ 0 });
	_cleanup_close_ int second = -1;

	hit_streams_lost(f->streams, 5);
	hit_streams_lost(f->streams, 8);
	hit_streams_flush(f->streams);
	assert_int_equal(drain(first).lost, 8);
	/* What was lost before somebody listened is nothing to him. */
	assert_int_equal(hit_streams_add(f->streams, ":1.2", &(struct hit_filter){ 0 }, 8, &second), 0);
	assert_int_equal(fcntl(second, F_SETFL, O_NONBLOCK), 0);
	hit_streams_lost(f->streams, 9);
	hit_streams_flush(f->streams);
	assert_int_equal(drain(first).lost, 1);
	assert_int_equal(drain(second).lost, 1);
	hit_streams_lost(f->streams, 9);
	hit_streams_flush(f->streams);
	assert_int_equal(drain(second).lost, 0);
}

static void gone(void **state)
{
	struct fixture *f = *state;
	int first = listen(f, &(struct hit_filter){ 0 }), second = listen(f, &(struct hit_filter){ 0 });

	dispatch(f);
	assert_false(hit_streams_empty(f->streams));
	/* Nothing has to be written for it to be noticed. */
	(void)close(first);
	dispatch(f);
	assert_int_equal(f->idle, 0);
	(void)close(second);
	dispatch(f);
	assert_int_equal(f->idle, 1);
	assert_true(hit_streams_empty(f->streams));
}

static void gone_in_the_middle(void **state)
{
	struct fixture *f = *state;
	int fd = listen(f, &(struct hit_filter){ 0 });

	hit(f, 1, 1, HIT_TASK);
	(void)close(fd);
	hit_streams_flush(f->streams);
	assert_int_equal(f->idle, 1);
	assert_true(hit_streams_empty(f->streams));
}

static void limits(void **state)
{
	struct fixture *f = *state;
	int fds[HIT_STREAMS_MAX];
	char client[16];

	for (int i = 0; i < HIT_STREAMS_CLIENT_MAX; i++) {
		assert_int_equal(hit_streams_room(f->streams, ":1.1"), 0);
		fds[i] = listen(f, &(struct hit_filter){ 0 });
	}
	assert_int_equal(hit_streams_room(f->streams, ":1.1"), -EMFILE);
	for (int i = HIT_STREAMS_CLIENT_MAX; i < HIT_STREAMS_MAX; i++) {
		(void)snprintf(client, sizeof(client), ":2.%i", i);
		assert_int_equal(hit_streams_room(f->streams, client), 0);
		assert_int_equal(hit_streams_add(f->streams, client, &(struct hit_filter){ 0 }, 0, fds + i), 0);
	}
	assert_int_equal(hit_streams_room(f->streams, ":3.1"), -EMFILE);
	(void)close(fds[0]);
	dispatch(f);
	assert_int_equal(hit_streams_room(f->streams, ":1.1"), 0);
	for (int i = 1; i < HIT_STREAMS_MAX; i++)
		(void)close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(filters, setup, teardown),
		cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_before, setup, teardown),
		cmocka_unit_test_setup_teardown(gone, setup, teardown),
		cmocka_unit_test_setup_teardown(gone_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
	};

	return cmocka_run_group_tests_name("hit-streams", tests, NULL, NULL);
}
