/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HIT_STREAMS_H
#define LIVEPATCHD_HIT_STREAMS_H

#include <systemd/sd-event.h>

#include "bpf/hits.h"
#include "model/failure.h"
#include "util/util.h"

/*
 * Who listens to the hits of event tracers: a pipe each. Nobody is waited for.
 * Whoever does not keep up loses hits, and is told how many as soon as there is
 * room in his pipe; whoever closes it listens no more.
 */

enum {
	HIT_STREAMS_MAX = 32,
	/* Of one client. */
	HIT_STREAMS_CLIENT_MAX = 4,
};

/**
 * struct hit_filter - what a listener wants
 * @tracers: ids of tracers; empty: all
 * @n_tracers: how many
 * @except_pid: not what the code of this process calls, 0: of none
 */
struct hit_filter {
	const uint32_t *tracers;
	size_t n_tracers;
	uint32_t except_pid;
};

struct hit_streams;

/**
 * struct hit_streams_observer - asked, and told
 * @function: what a tracer is attached to; NULL: not known
 * @idle: nobody listens any more; never told from within hit_streams_add()
 */
struct hit_streams_observer {
	const char *(*function)(uint32_t tracer, void *userdata);
	void (*idle)(void *userdata);
};

int hit_streams_new(sd_event *event, const struct hit_streams_observer *observer, void *userdata,
		    struct hit_streams **ret);
struct hit_streams *hit_streams_free(struct hit_streams *streams);
DEFINE_CLEANUP(struct hit_streams *, hit_streams_free)

/** hit_streams_empty - nobody listens */
bool hit_streams_empty(const struct hit_streams *streams);

/**
 * hit_streams_room - can this client listen once more?
 *
 * Return: 0, or -EMFILE: it, or all together, listen too often already.
 */
int hit_streams_room(const struct hit_streams *streams, const char *client);

/**
 * hit_streams_add - somebody listens from now on
 * @streams: all who do
 * @client: its name on the bus
 * @filter: to what
 * @lost: how many hits had been lost before
 * @ret_fd: where it reads them
 */
int hit_streams_add(struct hit_streams *streams, const char *client, const struct hit_filter *filter, uint64_t lost,
		    int *ret_fd);

/** hit_streams_hit - tell of a hit, to whoever wants it */
void hit_streams_hit(struct hit_streams *streams, const struct hit *hit);

/** hit_streams_lost - so many hits have been lost by now, all in all, before they came here */
void hit_streams_lost(struct hit_streams *streams, uint64_t all);

/** hit_streams_flush - what was told is to be read now */
void hit_streams_flush(struct hit_streams *streams);

#endif
