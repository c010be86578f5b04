/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TASK_COUNT_H
#define LIVEPATCHD_TASK_COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "util/util.h"

struct task_count;

/**
 * task_count_new - make what counts the threads of a transition in the background
 * @event: its loop
 * @proc: /proc
 * @counted: told at the end of each pass
 */
int task_count_new(sd_event *event, const char *proc,
		   void (*counted)(uint32_t total, uint32_t remaining, void *userdata), void *userdata,
		   struct task_count **ret);

struct task_count *task_count_free(struct task_count *count);
DEFINE_CLEANUP(struct task_count *, task_count_free)

/** task_count_run - count, if it is time for another pass; @patching as for klp_tasks_step() */
void task_count_run(struct task_count *count, bool patching);

/** task_count_stop - stop; the next task_count_run() begins anew */
void task_count_stop(struct task_count *count);

#endif
