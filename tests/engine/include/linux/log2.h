/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LOG2_H
#define ENGINE_LINUX_LOG2_H

__attribute__((__noreturn__, __format__(printf, 1, 2))) void die(const char *format, ...);

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	if (!n)
		die("roundup_pow_of_two(0) shifts by 64");
	return n == 1 ? 1 : 1UL << (64 - __builtin_clzl(n - 1));
}

#endif /* ENGINE_LINUX_LOG2_H */
