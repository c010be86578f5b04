/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TEST_KILLER_H
#define LIVEPATCHD_TEST_KILLER_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

/*
 * Kills a process as it enters its Nth system call. Its children are followed,
 * and their calls count like its own. Nobody dies while it is traced: the real
 * parent would be told before it can see it.
 */

/* Calls that no kernel has: what is between them is none of the process's doing, and does not count. */
#define KILLER_PAUSE 0xfa4e00
#define KILLER_RESUME 0xfa4e01

enum { KILLER_TRACEES_MAX = 64 };

/**
 * enum killer_whom - who dies
 * @KILLER_ALL: the process and its children, as when systemd ends a service
 * @KILLER_LEADER: the process; its children go on
 * @KILLER_CHILD: the child that makes the call; only calls of children count
 */
enum killer_whom {
	KILLER_ALL,
	KILLER_LEADER,
	KILLER_CHILD,
};

/**
 * struct killer - one kill
 * @whom: who dies
 * @at: at which call, from 1; 0: none, they are only counted
 * @counts: whether a call counts; NULL: all do
 * @lets_go: whether a child that is about to make this call need not be followed any more; NULL: none
 * @n: how many calls there were
 * @nr: the number of the call at which somebody was killed, -1: nobody was
 * @status: what the process ended with, where the caller is its parent and it is gone; else -1
 *
 * Internal: @leader, @tracees and which of them @pauses.
 */
struct killer {
	enum killer_whom whom;
	unsigned long at;
	bool (*counts)(uint64_t nr);
	bool (*lets_go)(pid_t pid, const struct __ptrace_syscall_info *call);
	unsigned long n;
	int64_t nr;
	int status;

	pid_t leader;
	pid_t tracees[KILLER_TRACEES_MAX];
	bool pauses[KILLER_TRACEES_MAX];
};

static inline int killer_find(const struct killer *killer, pid_t pid)
{
	for (int i = 0; i < KILLER_TRACEES_MAX; i++)
		if (killer->tracees[i] == pid)
			return i;
	return -1;
}

/* The slot of a tracee, which may be new. */
static inline int killer_slot(struct killer *killer, pid_t pid)
{
	int i = killer_find(killer, pid);

	if (i >= 0)
		return i;
	i = killer_find(killer, 0);
	if (i >= 0) {
		killer->tracees[i] = pid;
		killer->pauses[i] = false;
	}
	return i;
}

/** killer_attach - begin with the process @pid, which goes on */
static inline int killer_attach(struct killer *killer, pid_t pid)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT;

	killer->leader = pid;
	killer->nr = -1;
	killer->status = -1;
	(void)killer_slot(killer, pid);
	/* It stops once, and is then gone on with up to its next call. */
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -errno;
	return 0;
}

/* Which call @pid is about to make, if it is. */
static inline bool killer_call(pid_t pid, struct __ptrace_syscall_info *ret)
{
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*ret), ret) > 0 && ret->op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* Whether the call @nr that @pid is about to make is the one. */
static inline bool killer_is_it(struct killer *killer, pid_t pid, int slot, uint64_t nr)
{
	if (nr == KILLER_PAUSE || nr == KILLER_RESUME) {
		killer->pauses[slot] = nr == KILLER_PAUSE;
		return false;
	}
	if (killer->nr >= 0 || killer->pauses[slot] || (killer->whom == KILLER_CHILD && pid == killer->leader) ||
	    (killer->counts && !killer->counts(nr)) || ++killer->n != killer->at)
		return false;
	killer->nr = (int64_t)nr;
	return true;
}

/* Makes a kill of itself out of the call that @pid is about to make, and lets go of all. */
static inline void killer_do(struct killer *killer, pid_t pid, int slot)
{
	struct user_regs_struct regs;
	bool dies = killer->whom == KILLER_ALL || (killer->whom == KILLER_CHILD) == (pid != killer->leader);

	if (dies && ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0) {
		regs.orig_rax = SYS_kill;
		regs.rdi = (unsigned long)pid;
		regs.rsi = SIGKILL;
		(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, 0);
	killer->tracees[slot] = 0;
	for (int i = 0; i < KILLER_TRACEES_MAX; i++)
		if (killer->tracees[i])
			(void)ptrace(PTRACE_INTERRUPT, killer->tracees[i], NULL, NULL);
}

/*
 * A stopped tracee goes on, or is let go. Whoever is to die does so as it is let
 * go, or it would run on for a moment; only a stop for a call or a signal, which
 * is no @event, takes the signal along.
 */
static inline void killer_continue(struct killer *killer, pid_t pid, int slot, int event, int sig)
{
	bool dies = killer->whom == KILLER_ALL || (killer->whom == KILLER_LEADER && pid == killer->leader);
	bool over = killer->nr >= 0 && !(slot >= 0 && killer->pauses[slot]) && !(dies && event);

	if (!over && event != PTRACE_EVENT_EXIT) {
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, sig);
		return;
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, over && dies && !event ? SIGKILL : sig);
	if (slot >= 0)
		killer->tracees[slot] = 0;
}

/* The child that @pid has made is a tracee before it has stopped for the first time. */
static inline void killer_born(struct killer *killer, pid_t pid)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
		(void)killer_slot(killer, (pid_t)child);
}

static inline bool killer_has_any(const struct killer *killer)
{
	for (int i = 0; i < KILLER_TRACEES_MAX; i++)
		if (killer->tracees[i])
			return true;
	return false;
}

/**
 * killer_run - follow the process and its children until they are gone, or let go
 *
 * Return: 0; -EINTR if the caller got a signal.
 */
static inline int killer_run(struct killer *killer)
{
	while (killer_has_any(killer)) {
		struct __ptrace_syscall_info call;
		int status, slot, event, sig = 0;
		pid_t pid = waitpid(-1, &status, __WALL);

		/* A child may have been let go, or be gone, before its parent told of it. */
		if (pid < 0)
			return errno == ECHILD ? 0 : -errno;
		slot = killer_slot(killer, pid);
		if (!WIFSTOPPED(status)) {
			if (pid == killer->leader)
				killer->status = status;
			if (slot >= 0)
				killer->tracees[slot] = 0;
			continue;
		}
		event = status >> 16;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (slot >= 0 && killer_call(pid, &call)) {
				if (killer->lets_go && pid != killer->leader && killer->lets_go(pid, &call)) {
					(void)ptrace(PTRACE_DETACH, pid, NULL, 0);
					killer->tracees[slot] = 0;
					continue;
				}
				if (killer_is_it(killer, pid, slot, call.entry.nr)) {
					killer_do(killer, pid, slot);
					continue;
				}
			}
		} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
			killer_born(killer, pid);
		} else if (event == 0) {
			sig = WSTOPSIG(status);
		}
		killer_continue(killer, pid, slot, event, sig);
	}
	return 0;
}

#endif
