// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks, and the thread that runs what is queued. It is no CPU: it runs nothing
 * that is traced, and nothing per CPU.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "kernel.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t started = PTHREAD_ONCE_INIT;
/* Last in, first out will do: the engine has one work item. */
static struct work_struct *queue, *running;

struct workqueue_struct *system_unbound_wq;

void mutex_lock(struct mutex *mutex)
{
	if (pthread_mutex_lock(&mutex->lock))
		die("a mutex cannot be locked");
	mutex->owner = pthread_self();
	__atomic_store_n(&mutex->held, true, __ATOMIC_RELAXED);
}

void mutex_unlock(struct mutex *mutex)
{
	lockdep_assert_held(mutex);
	__atomic_store_n(&mutex->held, false, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&mutex->lock);
}

bool lockdep_is_held(struct mutex *mutex)
{
	return __atomic_load_n(&mutex->held, __ATOMIC_RELAXED) &&
	       pthread_equal(mutex->owner, pthread_self());
}

void lockdep_assert_held(struct mutex *mutex)
{
	if (!lockdep_is_held(mutex))
		die("a lock is not held that should be");
}

static void *worker(void *unused)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		while (!queue)
			pthread_cond_wait(&changed, &lock);
		running = queue;
		queue = running->next;
		running->pending = false;
		pthread_mutex_unlock(&lock);
		running->func(running);
		pthread_mutex_lock(&lock);
		running = NULL;
		pthread_cond_broadcast(&changed);
	}
	return unused;
}

static void start(void)
{
	pthread_t thread;
	sigset_t all, mask;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mask);
	r = pthread_create(&thread, NULL, worker, NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (r)
		die("cannot start the workqueue: %s", strerror(r));
}

bool queue_work(struct workqueue_struct *unused, struct work_struct *work)
{
	bool queued;

	(void)unused;
	pthread_once(&started, start);
	pthread_mutex_lock(&lock);
	queued = !work->pending;
	if (queued) {
		work->pending = true;
		work->next = queue;
		queue = work;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return queued;
}

bool flush_work(struct work_struct *work)
{
	pthread_mutex_lock(&lock);
	while (work->pending || running == work)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return true;
}
