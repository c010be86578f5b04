/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_WORKQUEUE_H
#define ENGINE_LINUX_WORKQUEUE_H

#include <linux/list.h>

struct workqueue_struct;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
	struct work_struct *next;
	bool pending;
	bool running;
};

/* Nobody here delays anything. */
struct delayed_work {
	struct work_struct work;
};

#define DECLARE_WORK(name, function) struct work_struct name = { .func = function }

extern struct workqueue_struct *system_dfl_wq;

bool queue_work(struct workqueue_struct *queue, struct work_struct *work);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

#endif /* ENGINE_LINUX_WORKQUEUE_H */
