/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_COMPILER_ATTRIBUTES_H
#define ENGINE_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/stddef.h>
#include <sys/cdefs.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef __counted_by
#define __counted_by(member)
#endif
#define __printf(format, first) __attribute__((__format__(printf, format, first)))

#endif /* ENGINE_LINUX_COMPILER_ATTRIBUTES_H */
