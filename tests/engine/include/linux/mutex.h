/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_MUTEX_H
#define ENGINE_LINUX_MUTEX_H

#include <pthread.h>

#include <linux/lockdep.h>

struct mutex {
	pthread_mutex_t lock;
	pthread_t owner;
	bool held;
};

#define DEFINE_MUTEX(name) struct mutex name = { .lock = PTHREAD_MUTEX_INITIALIZER }

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif /* ENGINE_LINUX_MUTEX_H */
