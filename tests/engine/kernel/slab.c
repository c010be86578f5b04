// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory. What is freed is filled with a pattern, rests for a while, and is
 * then looked at: who wrote to it meanwhile had no right to.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/mm.h>
#include <linux/slab.h>

#include "kernel.h"

#define POISON	0x6b
#define RESTING 256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *resting[RESTING];
static unsigned int next;

void *kzalloc(size_t size, gfp_t flags)
{
	(void)flags;
	return calloc(1, size);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	(void)flags;
	return calloc(n, size);
}

char *kstrdup(const char *s, gfp_t flags)
{
	(void)flags;
	return strdup(s);
}

static void wake(unsigned char *p)
{
	size_t i, size = malloc_usable_size(p);

	for (i = 0; i < size; i++)
		if (p[i] != POISON)
			die("byte %zu of %zu was written after kfree()", i, size);
	free(p);
}

void kfree(const void *p)
{
	void *old;

	if (!p)
		return;
	memset((void *)p, POISON, malloc_usable_size((void *)p));
	pthread_mutex_lock(&lock);
	old = resting[next];
	resting[next] = (void *)p;
	next = (next + 1) % RESTING;
	pthread_mutex_unlock(&lock);
	if (old)
		wake(old);
}

/*
 * Pages of its own, and behind them none for as much again: who reads beyond the end, or
 * what has been freed, dies.
 */
#define MAPPED 4096
#define GUARD (1UL << 20)

static struct {
	void *p;
	size_t size;
} mapped[MAPPED];

void *kvzalloc(size_t size, gfp_t flags)
{
	size_t pages = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	void *p = mmap(NULL, pages + GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	unsigned int i;

	(void)flags;
	if (p == MAP_FAILED || mprotect(p, pages, PROT_READ | PROT_WRITE))
		return NULL;
	pthread_mutex_lock(&lock);
	for (i = 0; i < MAPPED && mapped[i].p; i++)
		;
	if (i == MAPPED)
		die("too much memory of kvzalloc(): raise MAPPED");
	mapped[i].p = p;
	mapped[i].size = pages;
	pthread_mutex_unlock(&lock);
	return p;
}

void kvfree(const void *p)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; p && i < MAPPED && mapped[i].p != p; i++)
		;
	if (p && i < MAPPED) {
		madvise(mapped[i].p, mapped[i].size, MADV_DONTNEED);
		mprotect(mapped[i].p, mapped[i].size, PROT_NONE);
		p = NULL;
	}
	pthread_mutex_unlock(&lock);
	kfree(p);
}
