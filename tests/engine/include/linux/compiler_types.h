/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_COMPILER_TYPES_H
#define ENGINE_LINUX_COMPILER_TYPES_H

#include <linux/compiler_attributes.h>

/* For sparse, in the kernel. */
#define __percpu
#define __rcu
#define __user

#define noinline	__attribute__((__noinline__))
#define notrace		__attribute__((__no_instrument_function__))

#endif /* ENGINE_LINUX_COMPILER_TYPES_H */
