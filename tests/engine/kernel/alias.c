// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's text, as module text is: not writable where it runs, and open
 * to be mapped elsewhere.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vmalloc.h>

#include "kernel.h"

static unsigned long start, size;
static int fd;
static struct page *pages;

static void find_text(void)
{
	const Elf64_Phdr *phdr = (const void *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);

	for (; n; n--, phdr++) {
		if (phdr->p_type != PT_LOAD || !(phdr->p_flags & PF_X))
			continue;
		start = PAGE_ALIGN_DOWN(phdr->p_vaddr);
		size = PAGE_ALIGN_DOWN(phdr->p_vaddr + phdr->p_memsz + PAGE_SIZE - 1) - start;
		return;
	}
	die("the program has no text");
}

void alias_init(void)
{
	unsigned long i;

	find_text();
	fd = memfd_create("text", MFD_CLOEXEC);
	if (fd < 0 || write(fd, (void *)start, size) != (ssize_t)size)
		die("cannot copy the text into a memfd: %s", strerror(errno));

	/* This very code goes on in the copy: the bytes are the same. */
	if (mmap((void *)start, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		die("cannot map the memfd over the text: %s", strerror(errno));

	pages = calloc(size / PAGE_SIZE, sizeof(*pages));
	if (!pages)
		die("out of memory");
	for (i = 0; i < size / PAGE_SIZE; i++)
		pages[i].offset = i * PAGE_SIZE;
}

bool alias_is_text(unsigned long addr)
{
	return addr - start < size;
}

struct page *vmalloc_to_page(const void *addr)
{
	if (!alias_is_text((unsigned long)addr))
		return NULL;
	return &pages[((unsigned long)addr - start) / PAGE_SIZE];
}

void *vmap(struct page **page, unsigned int count, unsigned long flags, int prot)
{
	void *alias;

	(void)flags;
	(void)prot;
	if (count != 1)
		die("vmap of %u pages: only one was ever asked for", count);
	alias = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		     page[0]->offset);
	return alias == MAP_FAILED ? NULL : alias;
}

void vunmap(const void *addr)
{
	if (munmap((void *)addr, PAGE_SIZE))
		die("vunmap of %p: %s", addr, strerror(errno));
}
