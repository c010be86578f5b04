/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_OPERATION_H
#define LIVEPATCHD_OPERATION_H

#include <json-c/json.h>
#include <systemd/sd-event.h>

#include "model/failure.h"

/*
 * Work that may block runs in a child: a filesystem that hangs, or a module
 * whose init does, holds up nothing but itself.
 */

struct operations;

/**
 * operation_work_t - what the child does
 * @argument: as given to operation_start(), as it was at that time
 * @result: an object for what was found out
 * @failure: filled in when the return value is -EBADE
 *
 * Return: 0, negative errno.
 */
typedef int (*operation_work_t)(const void *argument, struct json_object *result,
				struct failure *failure);

/**
 * operation_done_t - told in the daemon when the child is through
 * @r: what the work returned; -ETIMEDOUT, or -EPROTO if the child died of something
 * @result: what it found out, NULL if it came to nothing
 * @failure: as the work left it; what it owns may be taken
 * @userdata: as given to operation_start()
 */
typedef void (*operation_done_t)(int r, struct json_object *result, struct failure *failure,
				 void *userdata);

/** operations_new - make the pool of running operations; SIGCHLD has to be blocked */
int operations_new(sd_event *event, struct operations **ret);

/** operations_free - forget running operations; their children end with the daemon */
struct operations *operations_free(struct operations *operations);
DEFINE_CLEANUP(struct operations *, operations_free)

/**
 * operation_start - begin an operation
 * @operations: the pool
 * @what: for messages
 * @usec: time it may take
 * @work: runs in the child
 * @argument: for @work; need not live on after the call
 * @done: told once, later; never from inside this call
 * @userdata: for @done
 *
 * Return: 0, -EAGAIN when too many are running, negative errno.
 */
int operation_start(struct operations *operations, const char *what, uint64_t usec,
		    operation_work_t work, const void *argument, operation_done_t done, void *userdata);

/**
 * operation_give_fd - hand a descriptor to the daemon
 * @fd: of the child, which calls this from its work, 16 times at most
 *
 * Return: 0, negative errno.
 */
int operation_give_fd(int fd);

/**
 * operation_take_fd - what operation_give_fd() gave, for whoever is being told
 * @operations: the pool; valid in an operation_done_t
 *
 * Return: the next descriptor, in the order in which they were given, now the caller's; or
 * -1 behind the last one.
 */
int operation_take_fd(struct operations *operations);

/** operations_forget - nobody wants to be told of the operations of @userdata any more */
void operations_forget(struct operations *operations, const void *userdata);

#endif
