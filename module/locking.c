// SPDX-License-Identifier: GPL-2.0-only
/* The one lock, and the one queue; locking.h says what for. */
#include <linux/errno.h>

#include "locking.h"

/* Protects what locking.h says. */
DEFINE_MUTEX(lph_lock);
struct workqueue_struct *lph_queue;

int lph_queue_init(void)
{
	lph_queue = alloc_ordered_workqueue("livepatch_helper", 0);
	return lph_queue ? 0 : -ENOMEM;
}

/**
 * lph_queue_exit() - end the queue
 *
 * Context: module unload; nobody queues on it any more.
 */
void lph_queue_exit(void)
{
	destroy_workqueue(lph_queue);
}
