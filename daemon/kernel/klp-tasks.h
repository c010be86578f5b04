/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_KLP_TASKS_H
#define LIVEPATCHD_KLP_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/util.h"

struct klp_tasks;

/**
 * klp_tasks_new - make a counter of the threads that a transition waits for
 * @proc: /proc
 */
int klp_tasks_new(const char *proc, struct klp_tasks **ret);

struct klp_tasks *klp_tasks_free(struct klp_tasks *tasks);
DEFINE_CLEANUP(struct klp_tasks *, klp_tasks_free)

/**
 * klp_tasks_on_blocked - be told of each thread that has not moved
 * @tasks: the counter
 * @blocked: @threads is the folder that the thread's is in
 * @userdata: for @blocked
 */
void klp_tasks_on_blocked(struct klp_tasks *tasks,
			  void (*blocked)(const char *pid, int threads, const char *tid, void *userdata),
			  void *userdata);

/** klp_tasks_restart - begin a new pass, from wherever the last one is */
void klp_tasks_restart(struct klp_tasks *tasks);

/**
 * klp_tasks_step - count on, for a bounded time
 * @tasks: the counter
 * @patching: tasks move to the patch, not away from it
 * @threads: how many threads to look at, the most
 * @ret_total: threads there are, set when the pass is over
 * @ret_remaining: those that have not moved yet, likewise
 *
 * Return: 1 the pass is over, 0 there is more to count, negative errno.
 */
int klp_tasks_step(struct klp_tasks *tasks, bool patching, unsigned int threads, uint32_t *ret_total,
		   uint32_t *ret_remaining);

#endif
