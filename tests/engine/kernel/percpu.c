// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU memory: a copy of what is linked into the section, and behind it room
 * for alloc_percpu(), which hands out places that no CPU has anything at.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/percpu.h>

#include "cpu.h"
#include "kernel.h"

#define GRAIN	256
#define GRAINS	4096
#define POISON	0x6b

/* Of a grain; one that was freed is full of poison. */
enum grain_state {
	FRESH,
	USED,
	FREED,
};

extern char __start_percpu[], __stop_percpu[];

unsigned long percpu_offset[CPUS];
unsigned int percpu_cpus;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum grain_state state[GRAINS];
static size_t sizes[GRAINS];
static unsigned int last;

static size_t linked(void)
{
	return (__stop_percpu - __start_percpu + GRAIN - 1) / GRAIN * GRAIN;
}

void percpu_up(unsigned int cpu)
{
	size_t size = linked() + GRAINS * GRAIN;
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (copy == MAP_FAILED)
		die("out of memory for CPU %u", cpu);
	memcpy(copy, __start_percpu, __stop_percpu - __start_percpu);

	pthread_mutex_lock(&lock);
	for (i = 0; i < GRAINS; i++)
		if (state[i] == FREED)
			memset(copy + linked() + i * GRAIN, POISON, GRAIN);
	percpu_offset[cpu] = (unsigned long)copy - (unsigned long)__start_percpu;
	WRITE_ONCE(percpu_cpus, cpu + 1);
	pthread_mutex_unlock(&lock);
}

static char *grain(unsigned int i, unsigned int cpu)
{
	return __start_percpu + percpu_offset[cpu] + linked() + i * GRAIN;
}

/* Nobody has written to it since it was freed. */
static void check(unsigned int i)
{
	unsigned int cpu, at;

	for_each_possible_cpu(cpu)
		for (at = 0; state[i] == FREED && at < GRAIN; at++)
			if (grain(i, cpu)[at] != POISON)
				die("byte %u was written on CPU %u after free_percpu()", at, cpu);
}

void percpu_check(void)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < GRAINS; i++)
		check(i);
	pthread_mutex_unlock(&lock);
}

static void take(unsigned int i)
{
	unsigned int cpu;

	check(i);
	for_each_possible_cpu(cpu)
		memset(grain(i, cpu), 0, GRAIN);
	state[i] = USED;
}

void *percpu_alloc(size_t size)
{
	unsigned int i, tries;

	if (size > GRAIN)
		die("alloc_percpu of %zu bytes: raise GRAIN", size);
	pthread_mutex_lock(&lock);
	for (tries = 0, i = last; tries < GRAINS && state[i] == USED; tries++)
		i = (i + 1) % GRAINS;
	if (tries < GRAINS) {
		take(i);
		sizes[i] = size;
		last = (i + 1) % GRAINS;
	}
	pthread_mutex_unlock(&lock);
	return tries < GRAINS ? __start_percpu + linked() + i * GRAIN : NULL;
}

static unsigned int number(const void *p)
{
	return ((const char *)p - __start_percpu - linked()) / GRAIN;
}

void free_percpu(void *p)
{
	unsigned int cpu, i = number(p);

	if (!p)
		return;
	pthread_mutex_lock(&lock);
	state[i] = FREED;
	for_each_possible_cpu(cpu)
		memset(grain(i, cpu), POISON, GRAIN);
	pthread_mutex_unlock(&lock);
}
