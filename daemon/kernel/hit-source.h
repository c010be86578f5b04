/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_HIT_SOURCE_H
#define LIVEPATCHD_HIT_SOURCE_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "bpf/hits.h"
#include "model/failure.h"
#include "util/util.h"

/*
 * Where the hits of event tracers come from: a BPF program on the helper's trace
 * event, and a buffer that it shares with the daemon. It is there only while
 * somebody wants to hear of them.
 */

struct hit_source;

/**
 * struct hit_source_observer - told of the hits
 * @hit: one; valid during the call
 * @lost: so many have been lost by now, all in all
 * @pause: there is none left to tell of, or it is others' turn; the source may be freed in it
 */
struct hit_source_observer {
	void (*hit)(const struct hit *hit, void *userdata);
	void (*lost)(uint64_t all, void *userdata);
	void (*pause)(void *userdata);
};

/**
 * hit_source_new - attach the program; the helper has to be there
 * @event: the loop
 * @observer: is told from the loop
 * @userdata: for @observer
 * @ret: the source
 * @failure: says why not, and what to do instead
 *
 * Return: 0, -EBADE, negative errno.
 */
int hit_source_new(sd_event *event, const struct hit_source_observer *observer, void *userdata,
		   struct hit_source **ret, struct failure *failure);

struct hit_source *hit_source_free(struct hit_source *source);
DEFINE_CLEANUP(struct hit_source *, hit_source_free)

/** hit_source_lost - how many have been lost by now */
uint64_t hit_source_lost(const struct hit_source *source);

#endif
