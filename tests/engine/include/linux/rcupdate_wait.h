/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_RCUPDATE_WAIT_H
#define ENGINE_LINUX_RCUPDATE_WAIT_H

#include <linux/rcupdate.h>

/* The same: threads have no code in which RCU does not watch. */
#define synchronize_rcu_tasks_rude() synchronize_rcu()

/* Until every CPU has been in cpu_quiescent(): it has left what it was in, preempted or not. */
void synchronize_rcu_tasks(void);

#endif /* ENGINE_LINUX_RCUPDATE_WAIT_H */
