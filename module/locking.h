/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_LOCKING_H
#define LPH_LOCKING_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

/*
 * Protects the lists of functions, ops, patches and transitions and their states.
 * Held for moments: no registration with ftrace, no grace period and no
 * rewrite happens under it. What is slow runs on the transition queue.
 * Exempt: what calls of a function read, see struct lph_function.
 */
extern struct mutex lph_lock;

/*
 * The transition queue. Ordered: whoever runs on it is the only one that attaches,
 * detaches, rewrites. That is what protects trampolines.
 */
extern struct workqueue_struct *lph_queue;

int lph_queue_init(void);
void lph_queue_exit(void);

#endif /* LPH_LOCKING_H */
