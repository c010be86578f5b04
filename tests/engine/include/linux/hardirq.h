/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_HARDIRQ_H
#define ENGINE_LINUX_HARDIRQ_H

#include <linux/preempt.h>

#endif /* ENGINE_LINUX_HARDIRQ_H */
