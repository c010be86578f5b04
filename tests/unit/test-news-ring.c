// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <linux/bpf.h>

#include "kernel/news-ring.h"

enum { SIZE = 4096 };

/* What the kernel has of the map: where the readers are, where it is, and the data. */
static uint64_t *consumer, *producer;
static char *data;
static struct news_ring *ring;

static char seen[64];

static int setup(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("ring", MFD_CLOEXEC);
	char *pages;

	(void)state;
	if (fd < 0 || ftruncate(fd, (off_t)(2 * page + 2 * SIZE)) < 0)
		return -1;
	pages = mmap(NULL, 2 * page + 2 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		return -1;
	consumer = (uint64_t *)pages;
	producer = (uint64_t *)(pages + page);
	data = pages + 2 * page;
	seen[0] = '\0';
	return news_ring_new(fd, SIZE, &ring);
}

static int teardown(void **state)
{
	(void)state;
	(void)news_ring_free(ring);
	return munmap(consumer, 2 * (size_t)sysconf(_SC_PAGESIZE) + 2 * SIZE);
}

/* Records never wrap in the kernel's view either: it maps the data twice. */
static uint32_t *put(const char *text, uint32_t flags)
{
	char *record = data + *producer % SIZE;
	uint32_t size = (uint32_t)strlen(text) + 1;

	memcpy(record + BPF_RINGBUF_HDR_SZ, text, size);
	*(uint32_t *)record = size | flags;
	*producer += (BPF_RINGBUF_HDR_SZ + size + 7) / 8 * 8;
	return (uint32_t *)record;
}

static void see(const void *record, size_t size, void *userdata)
{
	assert_ptr_equal(userdata, &ring);
	assert_int_equal(size, strlen(record) + 1);
	strcat(strcat(seen, record), " ");
}

static void read_all(void)
{
	news_ring_read(ring, see, &ring);
}

static void tells_all_in_order(void **state)
{
	(void)state;
	put("a", 0);
	put("of-more-than-eight", 0);
	put("b", 0);
	read_all();
	assert_string_equal(seen, "a of-more-than-eight b ");
	assert_int_equal(*consumer, *producer);
	read_all();
	assert_string_equal(seen, "a of-more-than-eight b ");
}

static void waits_for_what_is_not_there_yet(void **state)
{
	uint32_t *busy;

	(void)state;
	put("a", 0);
	busy = put("b", BPF_RINGBUF_BUSY_BIT);
	put("c", 0);
	read_all();
	assert_string_equal(seen, "a ");
	*busy &= ~BPF_RINGBUF_BUSY_BIT;
	read_all();
	assert_string_equal(seen, "a b c ");
}

static void leaves_out_what_was_discarded(void **state)
{
	(void)state;
	put("a", BPF_RINGBUF_DISCARD_BIT);
	put("b", 0);
	read_all();
	assert_string_equal(seen, "b ");
	assert_int_equal(*consumer, *producer);
}

static void goes_round(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * SIZE / 16; i++) {
		seen[0] = '\0';
		put("x", 0);
		read_all();
		assert_string_equal(seen, "x ");
	}
	assert_int_equal(*consumer, 3 * SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tells_all_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_what_is_not_there_yet, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_out_what_was_discarded, setup, teardown),
		cmocka_unit_test_setup_teardown(goes_round, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
