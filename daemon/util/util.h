/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_UTIL_H
#define LIVEPATCHD_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

/* The function is called with the variable's address when it goes out of scope. */
#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(lpd_freep)
#define _cleanup_close_ _cleanup_(lpd_closep)

#define _printf_(position, first) __attribute__((format(printf, position, first)))

/* Hands an owned value on and leaves nothing behind to be cleaned up. */
#define TAKE(variable, nothing)                     \
	({                                          \
		__typeof__(variable) *v_ = &(variable); \
		__typeof__(variable) value_ = *v_;  \
		*v_ = (nothing);                    \
		value_;                             \
	})
#define TAKE_PTR(pointer) TAKE(pointer, NULL)
#define TAKE_FD(fd) TAKE(fd, -1)

/* Defines function##p(), for _cleanup_(), from function(). */
#define DEFINE_CLEANUP(type, function)             \
	static inline void function##p(type *p)    \
	{                                          \
		if (*p)                            \
			function(*p);              \
	}

static inline void lpd_freep(void *p)
{
	free(*(void **)p);
}

static inline void lpd_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline bool lpd_streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

#endif
