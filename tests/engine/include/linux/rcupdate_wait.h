/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_RCUPDATE_WAIT_H
#define ENGINE_LINUX_RCUPDATE_WAIT_H

#include <linux/rcupdate.h>

/* The same: threads have no code in which RCU does not watch. */
#define synchronize_rcu_tasks_rude() synchronize_rcu()

#endif /* ENGINE_LINUX_RCUPDATE_WAIT_H */
