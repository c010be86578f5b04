// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks, and queues of work. What is queued for the system is run by threads that
 * are no CPUs: they run nothing that is traced, and nothing per CPU. Another queue
 * is run by whoever calls workqueue_run().
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "kernel.h"

/* One for each work that there is, so that none waits for another's grace period. */
#define WORKERS 2

struct workqueue_struct {
	struct work_struct *first;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t started = PTHREAD_ONCE_INIT;
static struct workqueue_struct system_queue, transition_queue;
/* Of the system's; @lock. */
static unsigned int busy;

struct workqueue_struct *system_dfl_wq = &system_queue;
struct workqueue_struct *lph_queue = &transition_queue;

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

static bool take_out(struct workqueue_struct *queue, struct work_struct *work)
{
	struct work_struct **at;

	for (at = &queue->first; *at; at = &(*at)->next) {
		if (*at != work)
			continue;
		*at = work->next;
		work->pending = false;
		return true;
	}
	return false;
}

/* The first that does not run already: no work runs twice at a time. */
static struct work_struct *next_of(const struct workqueue_struct *queue)
{
	struct work_struct *work = queue->first;

	while (work && work->running)
		work = work->next;
	return work;
}

/* @lock is held. */
static void run_work(struct workqueue_struct *queue, struct work_struct *work)
{
	take_out(queue, work);
	work->running = true;
	busy += queue == &system_queue;
	pthread_mutex_unlock(&lock);
	work->func(work);
	pthread_mutex_lock(&lock);
	work->running = false;
	busy -= queue == &system_queue;
	pthread_cond_broadcast(&changed);
}

bool workqueue_still(bool tasks)
{
	bool still;

	pthread_mutex_lock(&lock);
	still = !next_of(&system_queue) && busy == rcu_held_up(tasks);
	pthread_mutex_unlock(&lock);
	return still;
}

bool workqueue_idle(void)
{
	bool idle;

	pthread_mutex_lock(&lock);
	idle = !system_queue.first && !busy;
	pthread_mutex_unlock(&lock);
	return idle;
}

static void *worker(void *unused)
{
	struct work_struct *work;

	pthread_mutex_lock(&lock);
	for (;;) {
		work = next_of(&system_queue);
		if (work)
			run_work(&system_queue, work);
		else
			pthread_cond_wait(&changed, &lock);
	}
	return unused;
}

static void start(void)
{
	unsigned int i;
	pthread_t thread;
	sigset_t all, mask;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mask);
	for (i = 0; i < WORKERS && !r; i++)
		r = pthread_create(&thread, NULL, worker, NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (r)
		die("cannot start the workqueue: %s", strerror(r));
}

void workqueue_run(struct workqueue_struct *queue)
{
	if (!__atomic_load_n(&queue->first, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&lock);
	while (queue->first)
		run_work(queue, queue->first);
	pthread_mutex_unlock(&lock);
}

bool queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	struct work_struct **last;
	bool queued;

	pthread_once(&started, start);
	pthread_mutex_lock(&lock);
	queued = !work->pending;
	if (queued) {
		work->pending = true;
		work->next = NULL;
		for (last = &queue->first; *last; last = &(*last)->next)
			;
		*last = work;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return queued;
}

bool flush_work(struct work_struct *work)
{
	pthread_mutex_lock(&lock);
	while (work->pending || work->running)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool taken;

	pthread_mutex_lock(&lock);
	taken = take_out(&system_queue, work) || take_out(&transition_queue, work);
	while (work->running)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return taken;
}
