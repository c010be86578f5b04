// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill-at PID N [CALL...]: kills a process as it, or a child of it, enters the
 * Nth of its system calls from now on, or of those that are named. N is 0: they
 * are only counted. Says "ready" when it counts, and when the process is gone
 * "killed at CALL" or "N calls". A child that reads the kernel's symbols is let go:
 * it makes thousands of calls, which change nothing, and has only so much time.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "killer.h"

/* Calls that change what others see. */
static const struct {
	const char *name;
	uint64_t nr;
} names[] = {
	{ "write", SYS_write },
	{ "openat", SYS_openat },
	{ "mkdir", SYS_mkdir },
	{ "unlinkat", SYS_unlinkat },
	{ "renameat", SYS_renameat },
	{ "fsync", SYS_fsync },
	{ "clone", SYS_clone },
	{ "finit_module", SYS_finit_module },
	{ "delete_module", SYS_delete_module },
	{ "sendmsg", SYS_sendmsg },
};

enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

static bool wanted[N_NAMES];

static bool counts(uint64_t nr)
{
	for (int i = 0; i < N_NAMES; i++)
		if (names[i].nr == nr)
			return wanted[i];
	return false;
}

static bool want(const char *name)
{
	for (int i = 0; i < N_NAMES; i++)
		if (strcmp(names[i].name, name) == 0) {
			wanted[i] = true;
			return true;
		}
	return false;
}

static bool lets_go(pid_t pid, const struct __ptrace_syscall_info *call)
{
	static const char symbols[] = "/proc/kallsyms";
	char path[sizeof(symbols)];
	struct iovec here = { path, sizeof(path) }, there = { (void *)call->entry.args[1], sizeof(path) };

	return call->entry.nr == SYS_openat && process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(path) &&
	       memcmp(path, symbols, sizeof(path)) == 0;
}

static void report(const struct killer *killer)
{
	const char *name = "a call without a name here";

	if (killer->nr < 0) {
		printf("%lu calls\n", killer->n);
		return;
	}
	for (int i = 0; i < N_NAMES; i++)
		if (names[i].nr == (uint64_t)killer->nr)
			name = names[i].name;
	printf("killed at %s\n", name);
}

int main(int argc, char **argv)
{
	struct killer killer = {};
	int r;

	if (argc < 3) {
		(void)fprintf(stderr, "kill-at PID N [CALL...]\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		if (!want(argv[i])) {
			(void)fprintf(stderr, "kill-at knows no call %s\n", argv[i]);
			return 2;
		}
	killer.at = strtoul(argv[2], NULL, 10);
	killer.counts = argc > 3 ? counts : NULL;
	killer.lets_go = lets_go;
	r = killer_attach(&killer, atoi(argv[1]));
	if (r < 0) {
		(void)fprintf(stderr, "kill-at cannot trace %s: %s\n", argv[1], strerror(-r));
		return 1;
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	r = killer_run(&killer);
	report(&killer);
	return r < 0;
}
