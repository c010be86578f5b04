// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs come up with the threads that play them, and go with them.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "cpu.h"
#include "kernel.h"

/* Room for a signal's frame in every context, each with a trap, many times. */
#define STACK_SIZE (1 << 20)

struct cpu cpus[CPUS];
struct task_struct init_task;
__thread struct task_struct *current;

DEFINE_PER_CPU(unsigned int, __preempt_count);

/* Read: no CPU comes or goes. */
static pthread_rwlock_t hotplug = PTHREAD_RWLOCK_INITIALIZER;

struct start {
	void (*run)(void *data);
	void *data;
	unsigned int cpu;
	int pin;
};

void cpus_read_lock(void)
{
	pthread_rwlock_rdlock(&hotplug);
}

void cpus_read_unlock(void)
{
	pthread_rwlock_unlock(&hotplug);
}

static void set_online(struct cpu *cpu, bool online)
{
	pthread_rwlock_wrlock(&hotplug);
	WRITE_ONCE(cpu->online, online);
	pthread_rwlock_unlock(&hotplug);
}

void cpu_interrupts(bool on)
{
	sigset_t mask;

	interrupt_mask(&mask);
	pthread_sigmask(on ? SIG_UNBLOCK : SIG_BLOCK, &mask, NULL);
}

static void up(struct task_struct *task, unsigned int number)
{
	struct cpu *cpu = &cpus[number];

	task->cpu = number;
	current = task;
	cpu->tid = gettid();
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, percpu_offset[number]))
		die("cannot set the base of %%gs: %s", strerror(errno));
	cpu_interrupts(true);
	set_online(cpu, true);
}

void cpu_down(void)
{
	/* Still takes IPIs while it waits to go. */
	set_online(this_cpu(), false);
	cpu_interrupts(false);
}

void cpu_init(void)
{
	init_task.stack = calloc(1, 4096);
	if (!init_task.stack)
		die("out of memory");
	percpu_up(0);
	up(&init_task, 0);
}

static void pin_to(int host_cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(host_cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %d: %s", host_cpu, strerror(errno));
}

static void *thread(void *data)
{
	struct start start = *(struct start *)data;
	struct cpu *cpu = &cpus[start.cpu];

	free(data);
	if (start.pin >= 0)
		pin_to(start.pin);
	up(&cpu->task, start.cpu);
	start.run(start.data);
	cpu_down();
	return NULL;
}

void cpu_start(void (*run)(void *data), void *data, int pin)
{
	unsigned int number = percpu_cpus;
	struct start *start = malloc(sizeof(*start));
	pthread_attr_t attr;
	sigset_t mask;
	void *stack;
	int r;

	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!start || stack == MAP_FAILED || number >= CPUS)
		die("no memory or no number left for another CPU");
	*start = (struct start){ run, data, number, pin };
	/* Zeroed, as the kernel's stacks are; the record lies at its bottom. */
	cpus[number].task.stack = stack;
	percpu_up(number);

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, STACK_SIZE);
	/* No interrupt before the thread is a CPU. */
	interrupt_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	r = pthread_create(&cpus[number].thread, &attr, thread, start);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	if (r)
		die("cannot start CPU %u: %s", number, strerror(r));
}

void cpu_join_all(void)
{
	unsigned int i;

	for (i = 1; i < percpu_cpus; i++)
		pthread_join(cpus[i].thread, NULL);
}

__thread bool store_dawdles;

void store_dawdle(void)
{
	static unsigned int stores;

	if (++stores % 8 == 0)
		usleep(100);
}

void cpu_quiescent(void)
{
	smp_store_release(&this_cpu()->quiescent, this_cpu()->quiescent + 1);
}
