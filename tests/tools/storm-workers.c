// SPDX-License-Identifier: GPL-2.0-only
/* The processes that call the functions of lph_churn, each kind in its own way. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../module/churn.h"
#include "storm.h"

#define CPUS_MAX 64
#define FORKS_MAX 12

struct storm_shared *storm_shared;
uint32_t storm_without;

static uint64_t state = 1;
static enum ingredient self;

void storm_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL | 1;
}

/* xorshift64* */
uint32_t storm_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)(state * 0x2545f4914f6cdd1dULL >> 32);
}

uint32_t storm_below(uint32_t n)
{
	return storm_random() % n;
}

bool storm_has(enum ingredient ingredient)
{
	return !(storm_without & 1U << ingredient);
}

static void nap(uint32_t us)
{
	const struct timespec time = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	nanosleep(&time, NULL);
}

/* ------------------------------------------------------------------------ calls */

static enum churn_target any_target(void)
{
	enum churn_target target;

	do
		target = storm_below(CHURN_TARGETS);
	while ((target == CHURN_TAIL && !storm_has(STORM_TAIL)) ||
	       (target == CHURN_COLD && !storm_has(STORM_COLD)));
	return target;
}

long long storm_any_call(uint32_t most_us)
{
	static const enum churn_rest rests[] = { CHURN_NOT, CHURN_BUSY, CHURN_NAP, CHURN_SIT,
						 CHURN_DEAF };
	enum churn_rest rest = rests[storm_below(sizeof(rests) / sizeof(*rests))];

	/* Two CPUs are shared by all. */
	if (rest == CHURN_BUSY && most_us > 3000)
		most_us = 3000;
	return CHURN_AT(any_target(), rest, storm_below(most_us));
}

int storm_open_call(void)
{
	int fd;

	/* lph_churn comes and goes, and each try holds it for a moment. */
	while ((fd = open(STORM_DIR "/call", O_RDONLY | O_CLOEXEC)) < 0)
		nap(100000);
	return fd;
}

static int call_fd = -1;

static void close_call(void)
{
	close(call_fd);
	call_fd = -1;
}

static void call(long long at)
{
	char byte;

	if (call_fd < 0)
		call_fd = storm_open_call();
	if (pread(call_fd, &byte, 1, at) >= 0)
		__atomic_fetch_add(&storm_shared->calls[self], 1, __ATOMIC_RELAXED);
	else if (errno == ESHUTDOWN)
		close_call();
}

int storm_once(void)
{
	int fd = open(STORM_DIR "/call", O_RDONLY);
	char byte;

	storm_seed((uint64_t)getpid());
	return fd < 0 || pread(fd, &byte, 1, storm_any_call(5000)) < 0;
}

/* ---------------------------------------------------------------------- workers */

static void read_on(void)
{
	for (;;) {
		call(storm_any_call(storm_below(50) ? 10000 : 1000000));
		nap(storm_below(3000));
	}
}

/* Some of these sleep until they are killed, or woken by a transition. */
static void sleep_on(void)
{
	for (;;) {
		if (storm_below(2))
			call(CHURN_AT(any_target(), CHURN_SIT, storm_below(12) ? storm_below(2000000) : 600000000));
		else
			call(CHURN_AT(any_target(), CHURN_DEAF, storm_below(1500000)));
		nap(storm_below(500000));
	}
}

/* Now and then longer than a transition waits before it asks: about 1 s. */
static void guest_on(void)
{
	for (;;) {
		call(CHURN_AT(any_target(), CHURN_GUEST, storm_below(5) ? storm_below(50000) : storm_below(4000000)));
		nap(storm_below(20000));
	}
}

static void read_proc(void)
{
	static const char *const bodies[] = { "churn_a\n", "churn_c\n", "0-0\tLinux " };
	char text[64];
	unsigned int i;
	ssize_t n;
	int fd;

	for (;;) {
		fd = open("/proc/execdomains", O_RDONLY | O_CLOEXEC);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		if (n >= 0) {
			text[n] = '\0';
			for (i = 0; i < 3; i++)
				if (!strncmp(text, bodies[i], strlen(bodies[i])))
					break;
			if (i == 3 && !__atomic_fetch_add(&storm_shared->proc_mismatches, 1, __ATOMIC_RELAXED))
				memcpy(storm_shared->proc_mismatch, text, sizeof(text));
			__atomic_fetch_add(&storm_shared->calls[self], 1, __ATOMIC_RELAXED);
		}
		nap(storm_below(5000));
	}
}

static void reap_children(void)
{
	/* They may wait until lph_churn is back: who waits for them must not keep it from going. */
	close_call();
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

/* A generation of children, each of which calls and has a child that does. */
static void fork_on(void)
{
	for (;;) {
		uint32_t n = 1 + storm_below(FORKS_MAX);

		while (n--) {
			storm_random();
			if (fork())
				continue;
			if (!fork()) {
				call(storm_any_call(5000));
				_exit(0);
			}
			call(storm_any_call(5000));
			/* Some leave their child behind. */
			if (n % 2)
				reap_children();
			_exit(0);
		}
		reap_children();
		nap(storm_below(30000));
	}
}

static void vfork_once(bool exec)
{
	pid_t pid = vfork();

	if (!pid) {
		if (exec)
			execl("/proc/self/exe", "lph-storm", "--once", NULL);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* What is traced: calls, forks and programs. */
static void be_traced(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		call(storm_any_call(5000));
		switch (storm_below(4)) {
		case 0:
			if (!fork()) {
				call(storm_any_call(5000));
				_exit(0);
			}
			break;
		case 1:
			vfork_once(storm_below(3) == 0);
			break;
		default:
			break;
		}
	}
	reap_children();
	_exit(0);
}

/* As strace -f does. */
static void trace(pid_t first)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE |
			     PTRACE_O_EXITKILL;
	int status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0 || !WIFSTOPPED(status))
			continue;
		if (pid == first) {
			(void)ptrace(PTRACE_SETOPTIONS, pid, NULL, options);
			first = 0;
		}
		sig = WSTOPSIG(status);
		/* Those of ptrace's own: a syscall, an event, a new child. */
		if (sig == (SIGTRAP | 0x80) || status >> 16 || sig == SIGSTOP || sig == SIGTRAP)
			sig = 0;
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig);
	}
}

static void trace_on(void)
{
	pid_t pid;

	for (;;) {
		storm_random();
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			raise(SIGSTOP);
			be_traced();
		}
		trace(pid);
		nap(storm_below(20000));
	}
}

static bool cpu_online(unsigned int cpu, bool online)
{
	char path[64];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, online ? "1" : "0", 1) == 1;
	close(fd);
	return done;
}

void storm_all_cpus(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < CPUS_MAX; cpu++)
		(void)cpu_online(cpu, true);
}

static void plug_on(void)
{
	unsigned int cpus = (unsigned int)sysconf(_SC_NPROCESSORS_CONF), cpu;

	while (cpus > 1) {
		cpu = 1 + storm_below(cpus - 1);
		if (cpu_online(cpu, false))
			__atomic_fetch_add(&storm_shared->hotplugs, 1, __ATOMIC_RELAXED);
		nap(storm_below(300000));
		(void)cpu_online(cpu, true);
		nap(storm_below(1500000));
	}
	pause();
}

pid_t storm_worker(enum ingredient what, uint64_t seed)
{
	static void (*const work[STORM_WORKERS])(void) = {
		[STORM_READ] = read_on,
		[STORM_SLEEP] = sleep_on,
		[STORM_GUEST] = guest_on,
		[STORM_URING] = storm_uring,
		[STORM_PTRACE] = trace_on,
		[STORM_FORK] = fork_on,
		[STORM_PROC] = read_proc,
		[STORM_HOTPLUG] = plug_on,
	};
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* What it starts goes when it does. */
	setpgid(0, 0);
	signal(SIGALRM, SIG_DFL);
	/* Who stirs is not to wait for them. */
	if (nice(10) < 0)
		_exit(1);
	self = what;
	storm_seed(seed);
	work[what]();
	_exit(1);
}
