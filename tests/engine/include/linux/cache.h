/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_CACHE_H
#define ENGINE_LINUX_CACHE_H

#define ____cacheline_aligned __attribute__((__aligned__(64)))

#endif /* ENGINE_LINUX_CACHE_H */
