/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_KTHREAD_H
#define ENGINE_LINUX_KTHREAD_H

/* As in linux/completion.h. */
#define TASK_RUNNING	0
#define TASK_IDLE	1

int kthread_should_stop(void);
void set_current_state(int state);
void __set_current_state(int state);
void schedule(void);

#endif /* ENGINE_LINUX_KTHREAD_H */
