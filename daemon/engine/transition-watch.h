/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TRANSITION_WATCH_H
#define LIVEPATCHD_TRANSITION_WATCH_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "bpf/transition.h"
#include "util/util.h"

/*
 * News of the kernel's livepatch transitions, whoever began them, by BPF programs
 * on the kernel's own functions. Where the kernel does not take them, there is no
 * news, and sysfs has to be polled.
 */

struct operations;
struct transition_watch;

/**
 * struct transition_watch_observer - told of the news
 * @news: something has happened
 * @changed: transition_watch_is_on() and _mode() may say something else now
 */
struct transition_watch_observer {
	void (*news)(enum transition_news what, void *userdata);
	void (*changed)(void *userdata);
};

/**
 * transition_watch_new - watch from now on
 *
 * A child loads the programs, as soon as the event loop has nothing else to do: what that
 * takes, the daemon does without.
 */
int transition_watch_new(sd_event *event, struct operations *operations,
			 const struct transition_watch_observer *observer, void *userdata,
			 struct transition_watch **ret);

struct transition_watch *transition_watch_free(struct transition_watch *watch);
DEFINE_CLEANUP(struct transition_watch *, transition_watch_free)

/** transition_watch_is_on - nothing happens without news of it; @watch may be NULL */
bool transition_watch_is_on(const struct transition_watch *watch);

/** transition_watch_mode - "bpf", or "polling: " and the reason */
const char *transition_watch_mode(const struct transition_watch *watch);

#endif
