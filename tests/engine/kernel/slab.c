// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory. What is freed is filled with a pattern, rests for a while, and is
 * then looked at: who wrote to it meanwhile had no right to.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

void kvfree(const void *p)
{
	kfree(p);
}
