// SPDX-License-Identifier: GPL-2.0-only
/* The second function named lph_twice. */
#include <linux/compiler.h>

#include "targets.h"

static noinline u64 lph_twice(u64 a)
{
	return lph_value_1(2, a);
}

u64 lph_call_second_twice(u64 a)
{
	return lph_twice(a) + 1;
}
