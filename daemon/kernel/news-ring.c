// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/news-ring.h"

/**
 * struct news_ring - the map's pages
 * @consumer: a page whose first word is where we are, ours to write
 * @producer: a page whose first word is where the kernel is; behind it the data,
 * twice in a row, so that no record has a gap
 */
struct news_ring {
	int fd;
	size_t size;
	size_t page;
	uint64_t *consumer;
	uint64_t *producer;
};

static void *map(int fd, size_t size, int protection, size_t offset)
{
	void *pages = mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)offset);

	return pages == MAP_FAILED ? NULL : pages;
}

struct news_ring *news_ring_free(struct news_ring *ring)
{
	if (ring->consumer)
		(void)munmap(ring->consumer, ring->page);
	if (ring->producer)
		(void)munmap(ring->producer, ring->page + 2 * ring->size);
	if (ring->fd >= 0)
		(void)close(ring->fd);
	free(ring);
	return NULL;
}

int news_ring_new(int fd, size_t size, struct news_ring **ret)
{
	_cleanup_(news_ring_freep) struct news_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	ring->fd = -1;
	ring->size = size;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->consumer = map(fd, ring->page, PROT_READ | PROT_WRITE, 0);
	if (!ring->consumer)
		return -errno;
	ring->producer = map(fd, ring->page + 2 * size, PROT_READ, ring->page);
	if (!ring->producer)
		return -errno;
	ring->fd = fd;
	*ret = TAKE_PTR(ring);
	return 0;
}

int news_ring_fd(const struct news_ring *ring)
{
	return ring->fd;
}

/* Return: bytes of room that the record at @position takes, 0: it is not there yet. */
static size_t read_record(const struct news_ring *ring, uint64_t position, news_ring_read_t read, void *userdata)
{
	const char *data = (const char *)ring->producer + ring->page;
	const char *record = data + (position & (ring->size - 1));
	/* Pairs with the kernel's xchg that commits the record. */
	uint32_t header = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
	uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	if (header & BPF_RINGBUF_BUSY_BIT)
		return 0;
	if (!(header & BPF_RINGBUF_DISCARD_BIT))
		read(record + BPF_RINGBUF_HDR_SZ, length, userdata);
	return (BPF_RINGBUF_HDR_SZ + length + 7) / 8 * 8;
}

void news_ring_read(struct news_ring *ring, news_ring_read_t read, void *userdata)
{
	uint64_t position = *ring->consumer;
	size_t taken;

	/* Pairs with the kernel's release of what it has reserved. */
	while (position < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		taken = read_record(ring, position, read, userdata);
		if (!taken)
			return;
		position += taken;
		/* The kernel may write there from here on. */
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
	}
}
