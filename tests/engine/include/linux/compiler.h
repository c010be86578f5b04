/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_COMPILER_H
#define ENGINE_LINUX_COMPILER_H

#include <linux/compiler_types.h>

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define barrier()	__atomic_signal_fence(__ATOMIC_SEQ_CST)

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile __typeof__(x) *)&(x) = (value))

#define smp_load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value)						\
	do {									\
		__atomic_store_n(p, value, __ATOMIC_RELEASE);			\
		if (unlikely(store_dawdles))					\
			store_dawdle();						\
	} while (0)

/* Of a thread that publishes something: others are to see each step by itself. */
extern __thread bool store_dawdles;
void store_dawdle(void);

#endif /* ENGINE_LINUX_COMPILER_H */
