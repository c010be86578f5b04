/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_VERSION_H
#define ENGINE_LINUX_VERSION_H

/* The engine's own compat header finds nothing to do. */
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(7, 3, 0)

#endif /* ENGINE_LINUX_VERSION_H */
