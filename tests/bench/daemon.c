// SPDX-License-Identifier: GPL-2.0-only
/*
 * daemon PROGRAM FAKE-HELPER: starts the service on a bus that DBUS_SYSTEM_BUS_ADDRESS
 * names, and says, as a line "daemon JSON", when it was ready, what memory it has then,
 * and how long a property takes; by turns with one of a server that has nothing but
 * it, which tells what of that is the bus and the machine.
 *
 * And again with a helper preloaded that has thousands of tracers: how long it takes to
 * list them.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define READS	     5000
#define LISTS	     100
#define TRACERS	     5000
#define TRACERS_TEXT "5000"

static pid_t child;

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
	if (child > 0)
		(void)kill(child, SIGTERM);
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int listen_ready(char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(path, errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static void wait_ready(int fd)
{
	char text[512];
	ssize_t n;

	do {
		n = recv(fd, text, sizeof(text) - 1, 0);
		if (n < 0)
			fail("the service is not ready", errno);
		text[n] = '\0';
	} while (!strstr(text, "READY=1"));
}

static long rss_kib(void)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	file = fopen(path, "re");
	while (file && kib < 0 && fgets(line, sizeof(line), file))
		(void)sscanf(line, "VmRSS: %ld", &kib);
	if (kib < 0)
		fail(path, errno);
	(void)fclose(file);
	return kib;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* ------------------------------------------------------------- the bare server */

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)userdata, (void)error;
	return sd_bus_message_append(reply, "s", "idle");
}

static _Noreturn void serve(void)
{
	static const sd_bus_vtable vtable[] = {
		SD_BUS_VTABLE_START(0),
		SD_BUS_PROPERTY("TransitionState", "s", get_state, 0, 0),
		SD_BUS_VTABLE_END,
	};
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, "/bare", "bare.Interface", vtable, NULL);
	if (r >= 0)
		r = sd_bus_request_name(bus, "bare.server", 0);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	_exit(1);
}

/* ------------------------------------------------------------------ what is measured */

struct service {
	char folder[64];
	char path[80];
	int notify;
	uint64_t ready_us;
};

static void start(struct service *service, const char *program)
{
	uint64_t begun;

	(void)snprintf(service->folder, sizeof(service->folder), "/tmp/livepatchd-bench.XXXXXX");
	if (!mkdtemp(service->folder))
		fail(service->folder, errno);
	(void)snprintf(service->path, sizeof(service->path), "%s/notify", service->folder);
	service->notify = listen_ready(service->path);

	begun = now_us();
	child = fork();
	if (!child) {
		(void)setenv("NOTIFY_SOCKET", service->path, 1);
		(void)execl(program, program, "daemon", NULL);
		_exit(127);
	}
	wait_ready(service->notify);
	service->ready_us = now_us() - begun;
}

static void stop(struct service *service)
{
	(void)kill(child, SIGTERM);
	(void)waitpid(child, NULL, 0);
	child = 0;
	(void)close(service->notify);
	(void)unlink(service->path);
	(void)rmdir(service->folder);
}

static uint64_t read_property(sd_bus *bus, const char *server, const char *path, const char *interface)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t begun = now_us();
	char *state = NULL;
	int r;

	r = sd_bus_get_property_string(bus, server, path, interface, "TransitionState", &error, &state);
	/* It has not got its name yet. */
	if (r < 0 && strcmp(server, "bare.server") == 0 && sd_bus_error_has_name(&error, SD_BUS_ERROR_SERVICE_UNKNOWN))
		r = 0;
	if (r < 0)
		fail(server, -r);
	sd_bus_error_free(&error);
	free(state);
	return now_us() - begun;
}

static void measure_properties(sd_bus *bus, uint64_t *service_us, uint64_t *bare_us)
{
	int i;

	for (i = 0; i < READS; i++) {
		service_us[i] = read_property(bus, "org.livepatchd1", "/org/livepatchd1", "org.livepatchd1.Manager");
		bare_us[i] = read_property(bus, "bare.server", "/bare", "bare.Interface");
	}
	qsort(service_us, READS, sizeof(*service_us), by_size);
	qsort(bare_us, READS, sizeof(*bare_us), by_size);
}

/* Microseconds until the answer is here. */
static uint64_t list_tracers(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	uint64_t begun = now_us(), us;
	const char *tracer;
	unsigned int n = 0;
	int r;

	r = sd_bus_call_method(bus, "org.livepatchd1", "/org/livepatchd1", "org.livepatchd1.Manager", "ListTracers",
			       &error, &reply, "a{sv}", 0);
	us = now_us() - begun;
	if (r >= 0)
		r = sd_bus_message_peek_type(reply, NULL, &tracer);
	if (r > 0)
		r = sd_bus_message_enter_container(reply, 'a', tracer);
	while (r > 0 && (r = sd_bus_message_skip(reply, tracer)) > 0)
		if (++n == TRACERS)
			break;
	if (n != TRACERS)
		fail(error.message ?: "ListTracers", r < 0 ? -r : ENODATA);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return us;
}

static void tell(const char *name, const uint64_t *sorted)
{
	printf("\"%s_us_median\": %llu, \"%s_us_p99\": %llu", name, (unsigned long long)sorted[READS / 2], name,
	       (unsigned long long)sorted[READS - 1 - READS / 100]);
}

static double ms(uint64_t us)
{
	return (double)us / 1000;
}

int main(int argc, char **argv)
{
	static uint64_t us[READS], bare_us[READS], list_us[LISTS];
	struct service service;
	sd_bus *bus = NULL;
	pid_t bare;
	int i, r;

	if (argc != 3) {
		fputs("Usage: daemon PROGRAM FAKE-HELPER\n", stderr);
		return 2;
	}
	bare = fork();
	if (!bare)
		serve();
	r = sd_bus_open_system(&bus);
	if (r < 0)
		fail("the bus", -r);

	start(&service, argv[1]);
	measure_properties(bus, us, bare_us);
	printf("daemon {\"ready_ms\": %.1f, \"rss_kib\": %ld, ", ms(service.ready_us), rss_kib());
	tell("property", us);
	printf(", ");
	tell("bare", bare_us);
	printf("}\n");
	(void)fflush(stdout);
	stop(&service);
	(void)kill(bare, SIGKILL);
	(void)waitpid(bare, NULL, 0);

	(void)setenv("FAKE_TRACERS", TRACERS_TEXT, 1);
	(void)setenv("LD_PRELOAD", argv[2], 1);
	start(&service, argv[1]);
	for (i = 0; i < LISTS; i++)
		list_us[i] = list_tracers(bus);
	qsort(list_us, LISTS, sizeof(*list_us), by_size);
	printf("daemon-list {\"tracers\": %u, \"ready_ms\": %.1f, \"rss_kib\": %ld, \"list_ms_median\": %.1f, "
	       "\"list_ms_p99\": %.1f}\n",
	       TRACERS, ms(service.ready_us), rss_kib(), ms(list_us[LISTS / 2]), ms(list_us[LISTS - LISTS / 100 - 1]));
	stop(&service);
	sd_bus_flush_close_unref(bus);
	return 0;
}
