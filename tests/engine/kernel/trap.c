// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traps: SIGTRAP for int3 and for the single steps from there to where an interrupt
 * shall come, and SIGSEGV for the sti that a user process may not execute.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/kdebug.h>
#include <linux/preempt.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>

#include "kernel.h"

#define STI	0xfb
#define JMP32	0xe9
#define JMP8	0xeb

static struct notifier_block *notifier;

int register_die_notifier(struct notifier_block *nb)
{
	if (notifier)
		return -EBUSY;
	notifier = nb;
	return 0;
}

int unregister_die_notifier(struct notifier_block *nb)
{
	if (notifier != nb)
		return -ENOENT;
	notifier = NULL;
	return 0;
}

void die(const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	if (n < 0 || n > (int)sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n] = '\n';
	if (write(STDERR_FILENO, text, n + 1) < 0)
		_exit(2);
	_exit(1);
}

/* The rest of a kernel's struct pt_regs is as the signal found it, and stays so. */
static const struct {
	int greg;
	size_t at;
} registers[] = {
	{ REG_R15, offsetof(struct pt_regs, r15) },
	{ REG_R14, offsetof(struct pt_regs, r14) },
	{ REG_R13, offsetof(struct pt_regs, r13) },
	{ REG_R12, offsetof(struct pt_regs, r12) },
	{ REG_RBP, offsetof(struct pt_regs, bp) },
	{ REG_RBX, offsetof(struct pt_regs, bx) },
	{ REG_R11, offsetof(struct pt_regs, r11) },
	{ REG_R10, offsetof(struct pt_regs, r10) },
	{ REG_R9, offsetof(struct pt_regs, r9) },
	{ REG_R8, offsetof(struct pt_regs, r8) },
	{ REG_RAX, offsetof(struct pt_regs, ax) },
	{ REG_RCX, offsetof(struct pt_regs, cx) },
	{ REG_RDX, offsetof(struct pt_regs, dx) },
	{ REG_RSI, offsetof(struct pt_regs, si) },
	{ REG_RDI, offsetof(struct pt_regs, di) },
	{ REG_RIP, offsetof(struct pt_regs, ip) },
	{ REG_RSP, offsetof(struct pt_regs, sp) },
};

static unsigned long *in(struct pt_regs *regs, size_t at)
{
	return (unsigned long *)((char *)regs + at);
}

static void get_registers(struct pt_regs *regs, const ucontext_t *context)
{
	unsigned int i;

	memset(regs, 0, sizeof(*regs));
	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		*in(regs, registers[i].at) = context->uc_mcontext.gregs[registers[i].greg];
	regs->flags = context->uc_mcontext.gregs[REG_EFL] & ~X86_EFLAGS_IF;
	if (!sigismember(&context->uc_sigmask, SIGNAL_HARDIRQ))
		regs->flags |= X86_EFLAGS_IF;
}

static void interrupts_off(ucontext_t *context)
{
	sigaddset(&context->uc_sigmask, SIGNAL_SOFTIRQ);
	sigaddset(&context->uc_sigmask, SIGNAL_HARDIRQ);
	sigaddset(&context->uc_sigmask, SIGNAL_IPI);
}

static void interrupts_on(ucontext_t *context)
{
	sigdelset(&context->uc_sigmask, SIGNAL_HARDIRQ);
	sigdelset(&context->uc_sigmask, SIGNAL_IPI);
	/* A softirq does not nest in itself. */
	if (!(preempt_count() & SOFTIRQ_MASK))
		sigdelset(&context->uc_sigmask, SIGNAL_SOFTIRQ);
}

static void set_registers(ucontext_t *context, struct pt_regs *regs)
{
	bool was_on = !sigismember(&context->uc_sigmask, SIGNAL_HARDIRQ);
	bool on = regs->flags & X86_EFLAGS_IF;
	unsigned int i;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		context->uc_mcontext.gregs[registers[i].greg] = *in(regs, registers[i].at);
	if (was_on && !on)
		interrupts_off(context);
	else if (!was_on && on)
		die("the trap at 0x%lx turned interrupts on", regs->ip);
}

/* More single steps than from one call to the next. */
#define STEPS_MAX 1000

/* By interrupt_level(): instructions until an interrupt comes, and whether only some count. */
static __thread unsigned int steps_left[1 + INTERRUPTS], steps_made[1 + INTERRUPTS];
static __thread bool steps_aimed[1 + INTERRUPTS];
/* The only one that counts, or 0. */
static __thread unsigned long steps_at[1 + INTERRUPTS];
static unsigned long aim_start, aim_size;

void trap_aim(unsigned long start, unsigned long end)
{
	aim_start = start;
	aim_size = end - start;
}

static void set_steps(unsigned int level, unsigned int n, bool aimed, unsigned long at)
{
	steps_left[level] = n;
	steps_made[level] = 0;
	steps_aimed[level] = aimed;
	steps_at[level] = at;
}

static bool counts(unsigned int level, unsigned long ip)
{
	if (steps_at[level])
		return ip == steps_at[level];
	return !steps_aimed[level] || ip - aim_start < aim_size;
}

static void on_step(ucontext_t *context)
{
	unsigned long ip = context->uc_mcontext.gregs[REG_RIP];
	unsigned int level = interrupt_level();

	if (++steps_made[level] < STEPS_MAX) {
		if (!counts(level, ip))
			return;
		if (--steps_left[level])
			return;
	}
	context->uc_mcontext.gregs[REG_EFL] &= ~X86_EFLAGS_TF;
	if (!steps_aimed[level])
		interrupt_pend(level);
	else if (!steps_left[level])
		interrupt_hit(level);
}

static void step_from_here(void)
{
	barrier();
	__asm__ __volatile__("pushfq\n\t"
			     "orq %0, (%%rsp)\n\t"
			     "popfq"
			     :
			     : "i"(X86_EFLAGS_TF)
			     : "memory", "cc");
}

void trap_before(unsigned int level, unsigned int n)
{
	set_steps(level, n, true, 0);
	step_from_here();
}

void trap_at(unsigned int level, unsigned long ip)
{
	set_steps(level, 1, true, ip);
	step_from_here();
}

static void begin_steps(ucontext_t *context, unsigned int level, unsigned int n)
{
	if (!n || context->uc_mcontext.gregs[REG_EFL] & X86_EFLAGS_TF)
		return;
	context->uc_mcontext.gregs[REG_EFL] |= X86_EFLAGS_TF;
	set_steps(level, n, false, 0);
}

/*
 * A trap counts as an NMI and a hardirq, as the kernel's entry from int3 does.
 * NMIs may come at any point of this: the signal's mask holds off the others.
 */
static void on_int3(int sig, ucontext_t *context)
{
	unsigned int level = interrupt_level();
	struct pt_regs regs;
	struct die_args args = { .regs = &regs, .str = "int3", .signr = sig, .trapnr = 3 };

	preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	get_registers(&regs, context);
	if (!notifier || notifier->notifier_call(notifier, DIE_INT3, &args) != NOTIFY_STOP)
		die("int3 at 0x%lx, which nobody knows", regs.ip - 1);
	set_registers(context, &regs);
	begin_steps(context, level, interrupt_behind_trap(level));
	preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	interrupt_red_zone(context);
	if (info->si_code == TRAP_TRACE)
		on_step(context);
	else
		on_int3(sig, context);
	errno = saved;
}

/* The instruction behind sti, which is one with it: interrupts wait. */
static unsigned long jump_to(unsigned long ip)
{
	const unsigned char *at = (void *)ip;
	int32_t offset;

	if (at[0] == JMP8)
		return ip + 2 + (signed char)at[1];
	if (at[0] != JMP32)
		die("behind the sti at 0x%lx is no jump: trap.c has to learn what is there", ip - 1);
	memcpy(&offset, at + 1, sizeof(offset));
	return ip + 5 + offset;
}

static void on_fault(int sig, siginfo_t *info, void *data)
{
	ucontext_t *context = data;
	unsigned long ip = context->uc_mcontext.gregs[REG_RIP];

	/* The next fault in here would be this code's own. */
	if (sig != SIGSEGV || !alias_is_text(ip) || *(unsigned char *)ip != STI)
		die("signal %d (%s) at 0x%lx for %p, in context 0x%x", sig, strsignal(sig), ip,
		    info->si_addr, preempt_count());
	interrupts_on(context);
	context->uc_mcontext.gregs[REG_RIP] = jump_to(ip + 1);
}

static void handle(int sig, void (*handler)(int sig, siginfo_t *info, void *data))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER };

	interrupt_mask(&action.sa_mask);
	if (sigaction(sig, &action, NULL))
		die("sigaction: %s", strerror(errno));
}

void trap_init(void)
{
	handle(SIGTRAP, on_trap);
	handle(SIGSEGV, on_fault);
	handle(SIGILL, on_fault);
	handle(SIGBUS, on_fault);
	handle(SIGFPE, on_fault);
}
