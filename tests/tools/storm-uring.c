// SPDX-License-Identifier: GPL-2.0-only
/* Calls by way of io_uring: whoever reads for it are the kernel's io-wq workers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "storm.h"

#define DEPTH 4

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static int ring_open(struct ring *ring)
{
	struct io_uring_params p = {};
	size_t sq_size, cq_size;
	char *rings;

	ring->fd = (int)syscall(SYS_io_uring_setup, DEPTH, &p);
	if (ring->fd < 0 || !(p.features & IORING_FEAT_SINGLE_MMAP))
		return -ENOSYS;
	sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	rings = mmap(NULL, sq_size > cq_size ? sq_size : cq_size, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	if (rings == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -errno;
	ring->sq_tail = (unsigned int *)(rings + p.sq_off.tail);
	ring->sq_mask = (unsigned int *)(rings + p.sq_off.ring_mask);
	ring->sq_array = (unsigned int *)(rings + p.sq_off.array);
	ring->cq_head = (unsigned int *)(rings + p.cq_off.head);
	ring->cq_tail = (unsigned int *)(rings + p.cq_off.tail);
	ring->cq_mask = (unsigned int *)(rings + p.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	return 0;
}

static void submit(struct ring *ring, int file, char *to)
{
	unsigned int tail = *ring->sq_tail, slot = tail & *ring->sq_mask;

	ring->sqes[slot] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		/* Else it tries to go without a worker first. */
		.flags = storm_below(2) ? IOSQE_ASYNC : 0,
		.fd = file,
		.off = (uint64_t)storm_any_call(storm_below(30) ? 20000 : 1500000),
		.addr = (uint64_t)(uintptr_t)to,
		.len = 1,
	};
	ring->sq_array[slot] = slot;
	/* The kernel reads the entry behind the tail. */
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
}

/* Takes what is complete; returns how many. @over: lph_churn makes no more calls. */
static unsigned int reap(struct ring *ring, bool *over)
{
	unsigned int head = *ring->cq_head, n = 0;

	/* The entries before the tail are there; pairs with the kernel's release. */
	while (head != __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) {
		int result = ring->cqes[head++ & *ring->cq_mask].res;

		n++;
		if (result >= 0)
			__atomic_fetch_add(&storm_shared->calls[STORM_URING], 1, __ATOMIC_RELAXED);
		else if (result == -ESHUTDOWN)
			*over = true;
	}
	/* The kernel may reuse the entries. */
	__atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
	return n;
}

/* Until lph_churn makes no more calls. */
static void with_file(struct ring *ring, int file)
{
	unsigned int flying = 0, fresh, i;
	bool over = false;
	char to[DEPTH];
	int n;

	while (!over || flying) {
		fresh = over ? 0 : DEPTH - flying;
		for (i = 0; i < fresh; i++)
			submit(ring, file, to);
		flying += fresh;
		n = (int)syscall(SYS_io_uring_enter, ring->fd, fresh, 1, IORING_ENTER_GETEVENTS,
				 NULL, 0);
		if (n < 0 && errno != EINTR)
			exit(1);
		flying -= reap(ring, &over);
	}
}

void storm_uring(void)
{
	struct ring ring = {};
	int file;

	if (ring_open(&ring))
		exit(1);
	for (;;) {
		file = storm_open_call();
		with_file(&ring, file);
		close(file);
	}
}
