// SPDX-License-Identifier: GPL-2.0-only
/* The measured calls that are under way, as the stacks of all tasks tell them. */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "arch.h"
#include "kinds/under-way.h"

/*
 * What a look at all tasks goes through.
 * @tasks: those that have not been looked at, held; the others are NULL
 * @n: how many there were
 * @found: told of each call
 */
struct look {
	struct task_struct **tasks;
	unsigned int n;
	void (*found)(struct lph_frame *frame);
};

/* Under the task's locks: it neither begins nor ceases to run, nor dies. */
static int look_at(struct task_struct *task, void *data)
{
	const struct look *look = data;

	if (READ_ONCE(task->__state) == TASK_DEAD)
		return 0;
	if (task->on_cpu && task != current)
		return -EAGAIN;
	return lph_arch_each_measured(task, look->found) ? 0 : -EAGAIN;
}

static int look_at_one(struct look *look, struct task_struct *task)
{
	return task == current ? look_at(task, look) : lph_task_call_func(task, look_at, look);
}

static void look_at_each(struct look *look)
{
	unsigned int i;

	for (i = 0; i < look->n; i++) {
		cond_resched();
		if (!look->tasks[i] || look_at_one(look, look->tasks[i]))
			continue;
		put_task_struct(look->tasks[i]);
		look->tasks[i] = NULL;
	}
}

/* None of the tasks of this CPU runs now but this one, nor does the idle one. */
static int look_from_cpu(void *data)
{
	look_at_each(data);
	return look_at_one(data, lph_idle_task(raw_smp_processor_id()));
}

/* Return: how many tasks there are; all of them are held in @look where it has room. */
static unsigned int list_tasks(struct look *look, unsigned int room)
{
	struct task_struct *group, *task;
	unsigned int n = 0;

	look->n = 0;
	rcu_read_lock();
	for_each_process_thread(group, task) {
		if (n++ < room)
			look->tasks[look->n++] = get_task_struct(task);
	}
	rcu_read_unlock();
	return n;
}

/* Return: how many tasks were left. */
static unsigned int end_look(struct look *look)
{
	unsigned int i, n = 0;

	for (i = 0; i < look->n; i++) {
		if (!look->tasks[i])
			continue;
		put_task_struct(look->tasks[i]);
		n++;
	}
	kvfree(look->tasks);
	return n;
}

/**
 * lph_under_way_look() - look for measured calls that are under way, in all tasks
 * @found: told the frame of each, under locks of its task
 *
 * Each task is looked at while it cannot run. Those that run are looked at from a work
 * on their CPU, and so are the idle tasks there. Of a CPU that is offline the idle task
 * never returns to where it was.
 *
 * Context: process; sleeps.
 * Return: have all tasks been looked at? Those that end meanwhile, or are on their way
 * to that and in no list any more, are not among them.
 */
bool lph_under_way_look(void (*found)(struct lph_frame *frame))
{
	struct look look = { .found = found };
	unsigned int room;
	bool all = true;
	int cpu;

	/* Who is forked meanwhile begins with an empty stack, but may take another's room. */
	room = list_tasks(&look, 0);
	room += room / 8 + 64;
	look.tasks = kvcalloc(room, sizeof(*look.tasks), GFP_KERNEL);
	if (!look.tasks)
		return false;
	if (list_tasks(&look, room) > room)
		all = false;

	/* Most of them sleep; the others are few. */
	look_at_each(&look);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (smp_call_on_cpu(cpu, look_from_cpu, &look, false))
			all = false;
	cpus_read_unlock();
	return !end_look(&look) && all;
}
