// SPDX-License-Identifier: GPL-2.0-only
/*
 * daemon PROGRAM: starts the service on a bus that DBUS_SYSTEM_BUS_ADDRESS names,
 * and says, as a line "daemon JSON", when it was ready, what memory it has then,
 * and how long a property takes.
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

#define READS 5000

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

static void read_property(uint64_t *us)
{
	sd_bus *bus = NULL;
	int i, r;

	r = sd_bus_open_system(&bus);
	for (i = 0; r >= 0 && i < READS; i++) {
		char *state = NULL;

		us[i] = now_us();
		r = sd_bus_get_property_string(bus, "org.livepatchd1", "/org/livepatchd1", "org.livepatchd1.Manager",
					       "TransitionState", NULL, &state);
		us[i] = now_us() - us[i];
		free(state);
	}
	if (r < 0)
		fail("TransitionState", -r);
	sd_bus_flush_close_unref(bus);
	qsort(us, READS, sizeof(*us), by_size);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/livepatchd-bench.XXXXXX", path[64];
	static uint64_t us[READS];
	uint64_t begun, ready;
	int fd;

	if (argc != 2) {
		fputs("Usage: daemon PROGRAM\n", stderr);
		return 2;
	}
	if (!mkdtemp(folder))
		fail(folder, errno);
	(void)snprintf(path, sizeof(path), "%s/notify", folder);
	fd = listen_ready(path);
	(void)setenv("NOTIFY_SOCKET", path, 1);

	begun = now_us();
	child = fork();
	if (!child) {
		(void)execl(argv[1], argv[1], "daemon", NULL);
		_exit(127);
	}
	wait_ready(fd);
	ready = now_us() - begun;
	read_property(us);

	printf("daemon {\"ready_ms\": %.1f, \"rss_kib\": %ld, \"property_us_median\": %llu, \"property_us_p99\": %llu}\n",
	       (double)ready / 1000, rss_kib(), (unsigned long long)us[READS / 2],
	       (unsigned long long)us[READS - 1 - READS / 100]);
	(void)kill(child, SIGTERM);
	(void)waitpid(child, NULL, 0);
	(void)unlink(path);
	(void)rmdir(folder);
	return 0;
}
