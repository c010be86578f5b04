/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_BUILD_BUG_H
#define ENGINE_LINUX_BUILD_BUG_H

#define static_assert(expression) _Static_assert(expression, #expression)

#endif /* ENGINE_LINUX_BUILD_BUG_H */
