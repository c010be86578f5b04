/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_NEWS_RING_H
#define LIVEPATCHD_NEWS_RING_H

#include <stddef.h>

#include "util/util.h"

/*
 * The reading end of a BPF ring buffer, as the kernel documents its memory: so that
 * the daemon, which reads little, does without libbpf.
 */

struct news_ring;

/** news_ring_read_t - told of each record */
typedef void (*news_ring_read_t)(const void *data, size_t size, void *userdata);

/**
 * news_ring_new - map a ring buffer
 * @fd: the map, readable when there is a record; taken over on success
 * @size: its max_entries
 */
int news_ring_new(int fd, size_t size, struct news_ring **ret);

struct news_ring *news_ring_free(struct news_ring *ring);
DEFINE_CLEANUP(struct news_ring *, news_ring_free)

/** news_ring_fd - the map */
int news_ring_fd(const struct news_ring *ring);

/** news_ring_read - tell of all records that are there, and give their room back */
void news_ring_read(struct news_ring *ring, news_ring_read_t read, void *userdata);

#endif
