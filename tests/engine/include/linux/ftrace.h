/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_FTRACE_H
#define ENGINE_LINUX_FTRACE_H

/* Nothing here: the harness attaches trampolines itself. */
struct ftrace_ops {
};

#endif /* ENGINE_LINUX_FTRACE_H */
