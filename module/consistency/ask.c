// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks are asked to come by: by a task work, that runs on the task's way out to
 * user mode, or wherever in the kernel task works are run.
 *
 *  1. A request is entered into the list, with a reference to its task, and pins
 *     the module. Then it is added to the task's works.
 *  2. It runs: the task comes by, the request is taken out of the list and freed.
 *  3. Or it is withdrawn before it runs, by who takes it out of the list first. If it
 *     is not among the task's works any more, it is about to run, and 2 frees it.
 *
 * Whoever asks withdraws what is asked before he asks the same task again: so there
 * is one request a task, but for one that is about to run.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "arch.h"
#include "consistency/ask.h"
#include "consistency/stack.h"

/**
 * struct request - a task that is asked
 * @work: among its works
 * @node: in requests, or empty: it is being withdrawn
 * @task: held
 * @epoch: what it is asked for
 * @come_by: told of that, in the task
 * @entries: for that, the task's stack
 */
struct request {
	struct callback_head work;
	struct list_head node;
	struct task_struct *task;
	u32 epoch;
	void (*come_by)(u32 epoch, unsigned long *entries);
	unsigned long entries[LPH_STACK_ENTRIES];
};

/* Protects requests, and so what is in it from being freed. */
static DEFINE_SPINLOCK(requests_lock);
static LIST_HEAD(requests);

static void free_request(struct request *request)
{
	put_task_struct(request->task);
	kfree(request);
	module_put(THIS_MODULE);
}

/* 2. */
static void run(struct callback_head *work)
{
	struct request *request = container_of(work, struct request, work);

	request->come_by(request->epoch, request->entries);
	spin_lock(&requests_lock);
	list_del_init(&request->node);
	spin_unlock(&requests_lock);
	free_request(request);
}

/**
 * lph_ask() - ask a task to come by
 * @task: which; one that has no user mode, or is about to end, is not asked
 * @how: whether it is woken for that
 * @epoch: for @come_by
 * @come_by: what it does then, with room for LPH_STACK_ENTRIES; in the task, where it
 *	may sleep
 *
 * Without memory it is not asked, this time.
 *
 * Context: transition queue; sleeps.
 */
void lph_ask(struct task_struct *task, enum task_work_notify_mode how, u32 epoch,
	     void (*come_by)(u32 epoch, unsigned long *entries))
{
	struct request *request;

	if (task->flags & (PF_KTHREAD | PF_EXITING))
		return;
	request = kmalloc(sizeof(*request), GFP_KERNEL);
	if (!request)
		return;
	init_task_work(&request->work, run);
	request->task = get_task_struct(task);
	request->epoch = epoch;
	request->come_by = come_by;
	__module_get(THIS_MODULE);

	/* 1. */
	spin_lock(&requests_lock);
	list_add(&request->node, &requests);
	spin_unlock(&requests_lock);
	if (!task_work_add(task, &request->work, how))
		return;
	/* Too late for this task. */
	spin_lock(&requests_lock);
	list_del(&request->node);
	spin_unlock(&requests_lock);
	free_request(request);
}

/* Another's work may be where a request was that has run. */
static bool is_it(struct callback_head *work, void *data)
{
	return work == data && work->func == run;
}

/* 3. What it returns may have run already, and is only compared; its task is held. */
static struct request *take_first(struct task_struct **ret_task)
{
	struct request *request;

	spin_lock(&requests_lock);
	request = list_first_entry_or_null(&requests, struct request, node);
	if (request) {
		list_del_init(&request->node);
		*ret_task = get_task_struct(request->task);
	}
	spin_unlock(&requests_lock);
	return request;
}

/**
 * lph_ask_withdraw() - nobody needs to come by any more
 *
 * Who is about to come by still does, and is told of its epoch.
 *
 * Context: transition queue; sleeps.
 */
void lph_ask_withdraw(void)
{
	struct request *request;
	struct task_struct *task;

	while ((request = take_first(&task))) {
		if (lph_task_work_cancel_match(task, is_it, &request->work))
			free_request(request);
		put_task_struct(task);
		cond_resched();
	}
}

/**
 * lph_ask_exit() - wait until the last one who came by has left our text
 *
 * Context: module unload, which had to wait for all requests.
 */
void lph_ask_exit(void)
{
	synchronize_rcu_tasks();
}
