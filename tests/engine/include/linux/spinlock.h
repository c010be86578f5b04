/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_SPINLOCK_H
#define ENGINE_LINUX_SPINLOCK_H

/* Nothing here: nobody attaches through ftrace. */
typedef struct {
} spinlock_t;

#endif /* ENGINE_LINUX_SPINLOCK_H */
