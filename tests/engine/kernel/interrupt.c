// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: signals that nest as softirq, hardirq and NMI do in the kernel,
 * sent by a timer each per CPU and context, at random.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/preempt.h>

#include "cpu.h"
#include "kernel.h"

/* That a signal leaves alone, and an interrupt does not. */
#define RED_ZONE 128

static const int signals[INTERRUPTS] = { SIGNAL_SOFTIRQ, SIGNAL_HARDIRQ, SIGNAL_NMI };

/* As the kernel counts them: an NMI is a hardirq, too. */
static const unsigned int offsets[INTERRUPTS] = {
	SOFTIRQ_OFFSET,
	HARDIRQ_OFFSET,
	NMI_OFFSET + HARDIRQ_OFFSET,
};

static void (*run)(enum interrupt which, bool aimed);
static unsigned int steps;

static __thread timer_t timers[INTERRUPTS];
static __thread unsigned int interval_us;
/* By context, as nothing else is interrupted by itself. */
static __thread unsigned long long seeds[INTERRUPTS];
/* The next one comes where it was to come: see interrupt_soon(). */
static __thread bool softirq_aimed;
/* Traps do nest; that makes it only more random. */
static __thread unsigned long long trap_seed;

/* From half the interval to one and a half. */
static void arm(enum interrupt which)
{
	unsigned long us = interval_us / 2 + random_next(&seeds[which]) % interval_us;
	struct itimerspec in = { .it_value = { us / 1000000, us % 1000000 * 1000 } };

	if (timer_settime(timers[which], 0, &in, NULL))
		die("timer_settime: %s", strerror(errno));
}

void interrupt_red_zone(const ucontext_t *context)
{
	if (alias_is_text(context->uc_mcontext.gregs[REG_RIP]))
		memset((void *)(context->uc_mcontext.gregs[REG_RSP] - RED_ZONE), 0x5a, RED_ZONE);
}

static void take(int sig, siginfo_t *info, void *context)
{
	enum interrupt which = sig == SIGNAL_SOFTIRQ ? INTERRUPT_SOFTIRQ :
			       sig == SIGNAL_HARDIRQ ? INTERRUPT_HARDIRQ :
						       INTERRUPT_NMI;
	bool aimed = which == INTERRUPT_SOFTIRQ && softirq_aimed;
	int saved = errno;

	(void)info;
	if (aimed)
		softirq_aimed = false;
	interrupt_red_zone(context);
	preempt_count_add(offsets[which]);
	run(which, aimed);
	if (interval_us)
		arm(which);
	preempt_count_sub(offsets[which]);
	errno = saved;
}

static void take_ipi(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)sig;
	(void)info;
	interrupt_red_zone(context);
	preempt_count_add(HARDIRQ_OFFSET);
	smp_interrupt();
	preempt_count_sub(HARDIRQ_OFFSET);
	errno = saved;
}

void interrupt_mask(sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGNAL_SOFTIRQ);
	sigaddset(mask, SIGNAL_HARDIRQ);
	sigaddset(mask, SIGNAL_IPI);
}

static void handle(int sig, void (*handler)(int sig, siginfo_t *info, void *context),
		   const sigset_t *mask)
{
	struct sigaction action = {
		.sa_sigaction = handler,
		.sa_mask = *mask,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	if (sigaction(sig, &action, NULL))
		die("sigaction: %s", strerror(errno));
}

void interrupt_init(void (*what)(enum interrupt which, bool aimed))
{
	sigset_t off, none;

	run = what;
	sigemptyset(&none);
	interrupt_mask(&off);
	/* A softirq runs with interrupts on, a signal never nests in itself. */
	handle(SIGNAL_SOFTIRQ, take, &none);
	handle(SIGNAL_HARDIRQ, take, &off);
	handle(SIGNAL_IPI, take_ipi, &off);
	handle(SIGNAL_NMI, take, &off);
}

void interrupt_start(unsigned int mean_us)
{
	enum interrupt which;

	trap_seed = random_seed(INTERRUPTS);
	interval_us = mean_us;
	for (which = 0; which < INTERRUPTS; which++) {
		struct sigevent event = {
			.sigev_notify = SIGEV_THREAD_ID,
			.sigev_signo = signals[which],
			._sigev_un._tid = gettid(),
		};

		seeds[which] = random_seed(which);
		if (timer_create(CLOCK_MONOTONIC, &event, &timers[which]))
			die("timer_create: %s", strerror(errno));
		arm(which);
	}
}

void interrupt_stop(void)
{
	enum interrupt which;

	interval_us = 0;
	barrier();
	for (which = 0; which < INTERRUPTS; which++)
		timer_delete(timers[which]);
}

/* Sends @sig to this very thread, where it waits until the trap has returned. */
static void pend(int sig)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, sig);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	if (tgkill(getpid(), gettid(), sig))
		die("tgkill: %s", strerror(errno));
}

unsigned int interrupt_level(void)
{
	unsigned int count = preempt_count();

	if (count & NMI_MASK)
		return 1 + INTERRUPT_NMI;
	if (count & HARDIRQ_MASK)
		return 1 + INTERRUPT_HARDIRQ;
	return count & SOFTIRQ_MASK ? 1 + INTERRUPT_SOFTIRQ : 0;
}

void interrupt_pend(unsigned int level)
{
	if (level < INTERRUPTS)
		pend(signals[level + random_next(&trap_seed) / 8 % (INTERRUPTS - level)]);
}

static unsigned int some_steps(unsigned long long random)
{
	unsigned int max = READ_ONCE(steps);

	return max ? 1 + random % max : 0;
}

void interrupt_hit(unsigned int level)
{
	if (level) {
		interrupt_pend(level);
		return;
	}
	softirq_aimed = true;
	pend(SIGNAL_SOFTIRQ);
}

/* Mostly none: traps should be many. */
unsigned int interrupt_behind_trap(unsigned int level)
{
	unsigned long long random;

	if (!interval_us)
		return 0;
	random = random_next(&trap_seed) / 8;
	if (random % 4 == 0)
		interrupt_pend(level);
	else if (random % 16 == 1)
		return some_steps(random / 16);
	return 0;
}

void interrupt_soon(void)
{
	unsigned long long random = random_next(&trap_seed) / 8;
	unsigned int n = some_steps(random / 2);

	/* Mostly where a call that runs no op comes by, too. */
	if (n && interval_us)
		trap_before(interrupt_level(), random & 1 ? n : 1 + n % 4);
}

void interrupt_at(unsigned long ip)
{
	if (interval_us)
		trap_at(interrupt_level(), ip);
}

void interrupt_step(unsigned int n)
{
	WRITE_ONCE(steps, n);
}
