/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_KERNEL_H
#define ENGINE_KERNEL_H

/*
 * What stands in for the kernel around the engine, and what differs:
 *
 *	CPU		a thread, which is a task at the same time (cpu.c). The host's
 *			scheduler preempts and migrates it wherever it likes.
 *	int3		SIGTRAP (trap.c). Interrupts are off in it, NMIs are not.
 *	interrupts	signals (interrupt.c): of softirq, hardirq and NMI, nested as in
 *			the kernel; and IPIs. Below the stack pointer each writes what
 *			a signal would leave alone.
 *	IF		whether a thread takes hardirqs: pt_regs->flags says so to the
 *			trap, which may change it. No instruction does: sti faults, and
 *			is then done by trap.c, with the one instruction behind it that
 *			it holds off interrupts for.
 *	sync all cores	smp.c, in two ways: membarrier(), behind which no thread goes
 *			on with instructions that it fetched before; or an IPI, as in
 *			the kernel, so that a CPU with interrupts off is waited for.
 *			Membarrier does not wait for traps under way, and so
 *			is harder on the engine than any kernel.
 *	module text	pages of a memfd, mapped without write permission (alias.c)
 *	grace periods	rcu.c looks at every CPU until its preempt_count() was 0
 *	memory		slab.c finds writes to what is free
 *	ftrace		nothing: engine.c writes the calls itself, once
 *	mitigations	none: a return is a return
 */

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

/* cpu.c */

/* The calling thread becomes CPU 0. */
void cpu_init(void);
/* Another CPU runs @run, on CPU @pin of the host or, for -1, on any. */
void cpu_start(void (*run)(void *data), void *data, int pin);
/* The calling CPU is in nothing that is traced: see synchronize_rcu_tasks(). */
void cpu_quiescent(void);
/* The calling thread is a CPU no longer. */
void cpu_down(void);
/* Waits for all others to return. */
void cpu_join_all(void);

/* smp.c */

enum smp_sync {
	SMP_SYNC_MEMBARRIER,
	SMP_SYNC_INTERRUPT,
};

void smp_init(void);
void smp_sync_by(enum smp_sync sync);
void smp_membarrier(void);
void smp_interrupt(void);

/* interrupt.c */

enum interrupt {
	INTERRUPT_SOFTIRQ,
	INTERRUPT_HARDIRQ,
	INTERRUPT_NMI,
	INTERRUPTS
};

#define SIGNAL_SOFTIRQ	SIGUSR1
#define SIGNAL_HARDIRQ	SIGUSR2
#define SIGNAL_NMI	SIGURG
#define SIGNAL_IPI	SIGIO

/* @run: what each interrupt does; @aimed: it comes where interrupt_soon() wanted it */
void interrupt_init(void (*run)(enum interrupt which, bool aimed));
/* The calling CPU gets interrupts at random, each @mean_us on average. */
void interrupt_start(unsigned int mean_us);
void interrupt_stop(void);
/* Signals that are blocked while interrupts are off, and those that are left. */
void interrupt_mask(sigset_t *mask);
/* What an interrupt does below the stack pointer, where it finds code of this program. */
void interrupt_red_zone(const ucontext_t *context);
/* Up to @n instructions behind some traps comes an interrupt; 0: only right behind. */
void interrupt_step(unsigned int n);
/* One comes before one of the next instructions of what trap_aim() says. */
void interrupt_soon(void);
/* One comes before the instruction at @ip, if the calling CPU is about to run that. */
void interrupt_at(unsigned long ip);
/* What the calling CPU is in: 0 a task, or 1 + enum interrupt. */
unsigned int interrupt_level(void);
/* Makes one pending that may interrupt @level, as soon as the trap under way is over. */
void interrupt_pend(unsigned int level);
/* Likewise, of interrupt_soon(). */
void interrupt_hit(unsigned int level);
/* Behind how many instructions trap.c should do so, or 0: not at all, or done already. */
unsigned int interrupt_behind_trap(unsigned int level);

/* trap.c */

void trap_init(void);
/* The code in which interrupt_soon() lets an interrupt come. */
void trap_aim(unsigned long start, unsigned long end);
/* Before the calling CPU, in @level, runs the @nth instruction there: interrupt_pend(). */
void trap_before(unsigned int level, unsigned int n);
/* Before it runs the instruction at @ip: likewise. */
void trap_at(unsigned int level, unsigned long ip);
/* Ends the process: something is wrong with the program, not with a count. */
__attribute__((__noreturn__, __format__(printf, 1, 2))) void die(const char *format, ...);

/* alias.c */

/* Moves the program's text to pages that vmap() can map, too. */
void alias_init(void);
bool alias_is_text(unsigned long addr);

/* percpu.c */

/* Ends the process where what was freed has been written to. */
void percpu_check(void);

/* rcu.c */

/*
 * How many grace periods wait for a CPU that has not moved; of RCU tasks, or of either
 * flavour. Where all CPUs but the caller's are held up, these are so, too.
 */
unsigned int rcu_held_up(bool tasks);

/* workqueue.c */

struct workqueue_struct;

/* Runs what is queued there, and what that queues. */
void workqueue_run(struct workqueue_struct *queue);
/* Whether the system's is through with its work, but for what rcu_held_up(). */
bool workqueue_still(bool tasks);
bool workqueue_idle(void);

/* random.c */

unsigned long long random_next(unsigned long long *state);
/* Another one for each CPU and @n. */
unsigned long long random_seed(unsigned int n);

#endif /* ENGINE_KERNEL_H */
