/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LOCKDEP_H
#define ENGINE_LINUX_LOCKDEP_H

#include <linux/types.h>

struct mutex;

/* By the calling thread; lockdep_assert_held() ends the process if it is not. */
bool lockdep_is_held(struct mutex *mutex);
void lockdep_assert_held(struct mutex *mutex);

#endif /* ENGINE_LINUX_LOCKDEP_H */
